// Time for several servers at once: it stands still while anybody works, and goes to the next thing that is due when all wait.
import { sleepOn, type Time } from "#shared/clock.ts";

export interface VirtualTime extends Time {
  /** Lets time pass until `isDone`, or until nothing is due any more or `until` is reached. */
  run(isDone: () => boolean, until: number): Promise<void>;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** Stores and commits give way to the loop a few times in a row. */
const ROUNDS_OF_WORK = 3;

export function virtualTime(start: number): VirtualTime {
  let now = start;
  let order = 0;
  const due = new Set<Due>();

  function after(ms: number, work: () => void): () => void {
    const entry = { at: now + Math.max(0, ms), order: order++, work };
    due.add(entry);
    return () => void due.delete(entry);
  }

  function every(ms: number, work: () => void): () => void {
    let callOff = after(ms, again);
    function again(): void {
      callOff = after(ms, again);
      work();
    }
    return () => callOff();
  }

  function next(): Due | null {
    let first: Due | null = null;
    for (const entry of due)
      if (first === null || entry.at < first.at || (entry.at === first.at && entry.order < first.order)) first = entry;
    return first;
  }

  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) => sleepOn({ after }, ms, signal),
    soon: (work) => void after(0, work),
    after,
    every,
    deadline: (ms) => {
      const controller = new AbortController();
      after(ms, () => controller.abort(new DOMException("too late", "TimeoutError")));
      return controller.signal;
    },
    async run(isDone, until) {
      for (;;) {
        for (let round = 0; round < ROUNDS_OF_WORK; round += 1) await new Promise((resolve) => setImmediate(resolve));
        if (isDone()) return;
        const first = next();
        if (first === null || first.at > until) {
          now = until;
          return;
        }
        due.delete(first);
        now = Math.max(now, first.at);
        first.work();
      }
    },
  };
}
