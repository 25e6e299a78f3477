// Lets requests wait for the next change of a job.
import type { Timers } from "#shared/clock.ts";

export function createJobWatchers(timers: Pick<Timers, "after">) {
  const watchers = new Map<number, Set<() => void>>();
  return {
    notify: (jid: number): void => {
      const waiting = watchers.get(jid);
      if (waiting === undefined) return;
      watchers.delete(jid);
      for (const wakeUp of waiting) wakeUp();
    },
    /** Resolves at the job's next change, or after `waitMs`. */
    nextChange: (jid: number, waitMs: number): Promise<void> =>
      new Promise((resolve) => {
        const done = () => {
          callOff();
          const waiting = watchers.get(jid);
          waiting?.delete(done);
          if (waiting?.size === 0) watchers.delete(jid);
          resolve();
        };
        const callOff = timers.after(waitMs, done);
        const waiting = watchers.get(jid) ?? new Set();
        waiting.add(done);
        watchers.set(jid, waiting);
      }),
  };
}
