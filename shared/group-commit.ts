// Many small writes that come together share one transaction, and so one wait for the disk.
import { realTime, type Time } from "./clock.ts";

export interface GroupCommitOptions {
  readonly time?: Pick<Time, "monotonic" | "soon" | "after">;
  /** More than this in one transaction would hold up everybody else's reads. */
  readonly groupMax?: number;
  /** After a transaction the next one waits so long for company; 0: only the rest of this turn of the loop may join. */
  readonly companyMs?: number;
  /** More than this wait for their turn no longer: they are refused. */
  readonly waitingMax?: number;
}

interface Waiting<T, R> {
  readonly value: T;
  readonly done: PromiseWithResolvers<R>;
}

/**
 * Gives a function that resolves when its value is written, with what `writeAll` gave for it. `writeAll` writes several values in
 * one transaction, all or none; when it fails each value is written alone, so that only the one at fault is refused.
 */
export function groupCommit<T, R = void>(
  writeAll: (values: readonly T[]) => Promise<readonly R[] | void>,
  options: GroupCommitOptions = {},
): (value: T) => Promise<R> {
  const { time = realTime, groupMax = 256, companyMs = 0, waitingMax = Number.POSITIVE_INFINITY } = options;
  let waiting: Waiting<T, R>[] = [];
  let isScheduled = false;
  let lastAt = Number.NEGATIVE_INFINITY;

  async function flush(): Promise<void> {
    isScheduled = false;
    lastAt = time.monotonic();
    const group = waiting.slice(0, groupMax);
    waiting = waiting.slice(groupMax);
    if (waiting.length > 0) schedule();
    try {
      const outcomes = await writeAll(group.map(({ value }) => value));
      for (const [index, { done }] of group.entries()) done.resolve(outcomes?.[index] as R);
    } catch (error) {
      if (group.length === 1) group[0]?.done.reject(error);
      else for (const { value, done } of group) done.resolve(writeAll([value]).then((alone) => alone?.[0] as R));
    }
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    const begin = () => void flush();
    if (companyMs === 0 || time.monotonic() - lastAt > companyMs) time.soon(begin);
    else time.after(companyMs, begin);
  }

  return (value) => {
    if (waiting.length >= waitingMax) return Promise.reject(new Error("too much waits to be written"));
    const done = Promise.withResolvers<R>();
    waiting.push({ value, done });
    schedule();
    return done.promise;
  };
}
