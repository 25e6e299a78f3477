// Carries events from the head's database to the controller: does what outbox-state.ts decides.
import type { Clock, Time } from "#shared/clock.ts";
import { eventBatchReplySchema, type EventBatch, type EventBatchReply, type EventRow } from "#shared/wire/events.ts";
import { decodeMessage, encodeMessage } from "#shared/wire/json.ts";
import { hubSubjects } from "#shared/wire/subjects.ts";
import type { AgentLog } from "../agent-log.ts";
import type { Store } from "../store/store.ts";
import { firstOutbox, step, type OutboxEffect, type OutboxEvent } from "./outbox-state.ts";

const ROWS_MAX = 256;
const BATCH_BYTES_MAX = 512 * 1024;
const REQUEST_MS = 2_000;
/** What the controller has is kept for a week. */
const KEPT_MS = 7 * 24 * 3_600_000;
const PRUNE_EVERY_MS = 3_600_000;

export interface OutboxOptions {
  readonly store: Pick<Store, "meta" | "eventsAfter" | "eventRange" | "pruneEvents">;
  /** Movable by tests: the age of events. */
  readonly clock: Pick<Clock, "now">;
  readonly steady: Pick<Time, "after">;
  readonly log: AgentLog;
  readonly cid: string;
  readonly run: number;
  readonly request: (subject: string, data: Uint8Array, timeoutMs: number) => Promise<Uint8Array>;
  readonly onRegisterFirst: () => void;
  readonly onFenced: () => void;
}

export interface Outbox {
  /** There may be something new. */
  readonly wake: () => void;
  readonly acked: () => number;
  /** The controller answered our registration: from here on events may flow. */
  readonly registered: (as: { readonly inc: number; readonly acked: number }) => void;
  /** Resolves when the controller has everything (true), or after `waitMs`. */
  readonly untilAcked: (waitMs: number) => Promise<boolean>;
  readonly stop: () => void;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { store, clock, steady, log } = options;
  let state = firstOutbox(Number(store.meta("acked") || 0));
  let prunedAt = 0;
  const waiters = new Set<() => void>();

  function dispatch(event: OutboxEvent): void {
    const after = step(state, event);
    state = after.state;
    for (const effect of after.effects) perform(effect);
  }

  function perform(effect: OutboxEffect): void {
    switch (effect.do) {
      case "send":
        return send(effect);
      case "later":
        return void steady.after(effect.ms, () => dispatch(effect.event));
      case "settled":
        return settled(effect.acked);
      case "register-first":
        return options.onRegisterFirst();
      case "fenced":
        return options.onFenced();
    }
  }

  function send({ after, inc, sent }: Extract<OutboxEffect, { do: "send" }>): void {
    const ev = cutToSize(store.eventsAfter(after, ROWS_MAX));
    if (ev.length === 0) return dispatch({ e: "empty" });
    void ask({ v: 1, inc, run: options.run, ev }).then((reply) => {
      if (reply?.ok === false) log("warn", "events-refused", { error: reply.error });
      dispatch({ e: "answered", sent, reply });
    });
  }

  /** null: nobody answered. */
  async function ask(batch: EventBatch): Promise<EventBatchReply | null> {
    try {
      const data = await options.request(hubSubjects.eventBatch(options.cid), encodeMessage(batch), REQUEST_MS);
      return decodeMessage(eventBatchReplySchema, data);
    } catch {
      return null;
    }
  }

  /** The cursor is not kept: a second delivery is harmless. */
  function settled(acked: number): void {
    for (const done of [...waiters]) done();
    if (clock.now() - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = clock.now();
    store.pruneEvents(acked, prunedAt - KEPT_MS);
  }

  return {
    wake: () => dispatch({ e: "wake" }),
    acked: () => state.acked,
    registered: ({ inc, acked }) => dispatch({ e: "registered", inc, acked }),
    untilAcked: (waitMs) =>
      new Promise((resolve) => {
        const end = (isTold: boolean) => () => {
          waiters.delete(told);
          callOff();
          resolve(isTold);
        };
        const told = end(true);
        const callOff = steady.after(waitMs, end(false));
        waiters.add(told);
        if (store.eventRange().last <= state.acked) told();
        else dispatch({ e: "wake" });
      }),
    stop: () => dispatch({ e: "stop" }),
  };
}

function cutToSize(rows: readonly EventRow[]): EventRow[] {
  const kept: EventRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += JSON.stringify(row).length;
    if (kept.length > 0 && bytes > BATCH_BYTES_MAX) break;
    kept.push(row);
  }
  return kept;
}
