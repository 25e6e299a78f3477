// Many small writes that come together share one transaction, and so one wait for the disk.

/** More than this in one transaction would hold up everybody else's reads. */
const GROUP_MAX = 256;

interface Waiting<T> {
  readonly value: T;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Gives a function that resolves when its value is written. `writeAll` writes several values in one transaction, all or none;
 * when it fails each value is written alone, so that only the one at fault is refused.
 */
export function groupCommit<T>(writeAll: (values: readonly T[]) => Promise<void>): (value: T) => Promise<void> {
  let waiting: Waiting<T>[] = [];
  let isScheduled = false;

  async function flush(): Promise<void> {
    isScheduled = false;
    const group = waiting.slice(0, GROUP_MAX);
    waiting = waiting.slice(GROUP_MAX);
    if (waiting.length > 0) schedule();
    try {
      await writeAll(group.map(({ value }) => value));
      for (const { done } of group) done.resolve();
    } catch (error) {
      if (group.length === 1) group[0]?.done.reject(error);
      else for (const { value, done } of group) done.resolve(writeAll([value]));
    }
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    // What else this turn of the loop brings may join.
    setImmediate(() => void flush());
  }

  return (value) => {
    const done = Promise.withResolvers<void>();
    waiting.push({ value, done });
    schedule();
    return done.promise;
  };
}
