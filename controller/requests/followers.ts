// Who waits for the end of a request, on whatever server it runs.
import type { RequestLogs } from "#controller/ports/request-logs.ts";
import type { RequestRecord, RequestStore } from "#controller/ports/requests.ts";
import { isRequestTerminal, requestLife } from "#shared/lifecycle/request.ts";

export interface Followers {
  /** Resolves when the request has ended (or never existed: null), rejects on abort. */
  ended(id: string, signal: AbortSignal): Promise<RequestRecord | null>;
  /** It may have ended: who waits looks. */
  readonly announce: (id: string) => void;
  /** Looks whether something awaited here ended on another server. */
  look(): Promise<void>;
}

export function createFollowers(requests: RequestStore, logs: RequestLogs): Followers {
  const waiting = new Map<string, Set<() => void>>();

  function announce(id: string): void {
    const woken = waiting.get(id);
    waiting.delete(id);
    for (const wake of woken ?? []) wake();
    logs.wake(id);
  }

  return {
    announce,
    async ended(id, signal) {
      for (;;) {
        // Registered before the row is read, so that an end in between is not missed.
        const woken = Promise.withResolvers<void>();
        const all = waiting.get(id) ?? new Set();
        waiting.set(id, all);
        all.add(woken.resolve);
        const giveUp = () => woken.reject(signal.reason);
        signal.addEventListener("abort", giveUp, { once: true });
        try {
          const request = await requests.get(id);
          if (request === null || isRequestTerminal(request.state)) return request;
          signal.throwIfAborted();
          await woken.promise;
        } finally {
          signal.removeEventListener("abort", giveUp);
          all.delete(woken.resolve);
          if (all.size === 0 && waiting.get(id) === all) waiting.delete(id);
        }
      }
    },
    async look() {
      if (waiting.size === 0) return;
      for (const { id } of await requests.list({ ids: [...waiting.keys()], states: requestLife.ended })) announce(id);
    },
  };
}
