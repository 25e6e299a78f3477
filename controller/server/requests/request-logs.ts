// Files that hold what operations tell while they work, and waking up whoever reads them.
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import type { RequestLogs } from "#controller/ports/request-logs.ts";
import { diskError } from "#shared/os/disk-errors.ts";

/** `later`: other servers write here too, and are not heard; who reads looks again then. Gives the way to call that off. */
export function createRequestLogs(folder: string, later?: (look: () => void) => () => void): RequestLogs {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const waiters = new Map<string, Set<() => void>>();
  const pathOf = (requestId: string) => `${folder}/${requestId}.log`;

  function wake(requestId: string): void {
    const waiting = waiters.get(requestId);
    waiters.delete(requestId);
    for (const resolve of waiting ?? []) resolve();
  }

  return {
    pathOf,
    wake,
    open: (requestId) => ({
      line(text) {
        try {
          // Appended at once: a reader (and a restarted server) never sees half a line.
          appendFileSync(pathOf(requestId), `${text}\n`, { mode: 0o600 });
        } catch (error) {
          throw diskError(pathOf(requestId), error);
        }
        wake(requestId);
      },
    }),
    changed: (requestId, signal) =>
      new Promise((resolve) => {
        const waiting = waiters.get(requestId) ?? new Set();
        waiters.set(requestId, waiting);
        const done = () => {
          callOff?.();
          waiting.delete(done);
          signal.removeEventListener("abort", done);
          resolve();
        };
        waiting.add(done);
        const callOff = later?.(done);
        if (signal.aborted) return done();
        signal.addEventListener("abort", done, { once: true });
      }),
    remove(requestIds) {
      for (const id of requestIds) rmSync(pathOf(id), { force: true });
    },
  };
}
