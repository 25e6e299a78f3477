// Carries events from the head's database to the controller: in order, at least once, one batch under way at a time.
import { eventBatchReplySchema } from "#shared/wire/events.ts";
import { hubSubjects } from "#shared/wire/subjects.ts";
import type { Clock } from "#shared/clock.ts";
import type { AgentLog } from "../agent-log.ts";
import type { Store } from "../store/store.ts";

const ROWS_MAX = 256;
const BATCH_BYTES_MAX = 512 * 1024;
const REQUEST_MS = 2_000;
const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 5_000;
/** What the controller has is kept for a week. */
const KEPT_MS = 7 * 24 * 3_600_000;
const PRUNE_EVERY_MS = 3_600_000;

export interface OutboxOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: AgentLog;
  readonly cid: string;
  readonly run: number;
  readonly request: (subject: string, data: Uint8Array, timeoutMs: number) => Promise<Uint8Array>;
  readonly onRegisterFirst: () => void;
  readonly onFenced: () => void;
}

export type Outbox = ReturnType<typeof createOutbox>;

export function createOutbox(options: OutboxOptions) {
  const { store, clock, log } = options;
  let acked = Number(store.meta("acked") || 0);
  let inc: number | null = null;
  let busy = false;
  let pauseMs = PAUSE_MIN_MS;
  let retry: Timer | null = null;
  let prunedAt = 0;
  const waiters = new Set<() => void>();

  /** Sends what there is, unless it is being done. */
  function wake(): void {
    if (busy || inc === null || retry !== null) return;
    busy = true;
    void sendAll().finally(() => {
      busy = false;
    });
  }

  async function sendAll(): Promise<void> {
    while (inc !== null) {
      const rows = cutToSize(store.eventsAfter(acked, ROWS_MAX));
      if (rows.length === 0) return settle();
      const batch = { v: 1, inc, run: options.run, ev: rows };
      let reply;
      try {
        const data = await options.request(
          hubSubjects.eventBatch(options.cid),
          new TextEncoder().encode(JSON.stringify(batch)),
          REQUEST_MS,
        );
        reply = eventBatchReplySchema.parse(JSON.parse(new TextDecoder().decode(data)));
      } catch {
        // Nobody there, or too late: the same rows go again, which the controller knows to tell apart.
        return pause();
      }
      if (!reply.ok) return refused(reply.error);
      pauseMs = PAUSE_MIN_MS;
      if (reply.acked <= acked) return pause();
      acked = reply.acked;
    }
  }

  function refused(error: string): void {
    if (error === "fenced") return options.onFenced();
    inc = null;
    log("warn", "events-refused", { error });
    if (error === "register-first") options.onRegisterFirst();
    else pause();
  }

  function pause(): void {
    retry = setTimeout(() => {
      retry = null;
      wake();
    }, pauseMs);
    pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2);
  }

  /** Everything is acknowledged. The cursor is kept lazily: a second delivery is harmless. */
  function settle(): void {
    for (const done of waiters) done();
    waiters.clear();
    if (clock.now() - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = clock.now();
    store.pruneEvents(acked, prunedAt - KEPT_MS);
  }

  return {
    wake,
    acked: () => acked,
    /** The controller answered our registration: from here on events may flow. */
    registered: (as: { readonly inc: number; readonly acked: number }): void => {
      inc = as.inc;
      acked = as.acked;
      if (retry !== null) clearTimeout(retry);
      retry = null;
      pauseMs = PAUSE_MIN_MS;
      wake();
    },
    /** Resolves when the controller has everything, or after `waitMs`. */
    untilAcked: (waitMs: number): Promise<boolean> =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiters.delete(done);
          resolve(false);
        }, waitMs);
        function done(): void {
          clearTimeout(timer);
          resolve(true);
        }
        if (store.eventRange().last <= acked) return done();
        waiters.add(done);
        wake();
      }),
    stop: (): void => {
      inc = null;
      if (retry !== null) clearTimeout(retry);
    },
  };
}

function cutToSize<T>(rows: readonly T[]): T[] {
  const kept: T[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += JSON.stringify(row).length;
    if (kept.length > 0 && bytes > BATCH_BYTES_MAX) break;
    kept.push(row);
  }
  return kept;
}
