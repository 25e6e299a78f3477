// When events go to the controller: in order, at least once, one batch under way at a time. Pure: an event and the state before
// give the state after and what is to be done.
import type { EventBatchReply } from "#shared/wire/events.ts";

const PAUSE_MIN_MS = 100;
const PAUSE_MAX_MS = 5_000;

export interface OutboxState {
  /** Events up to this one are in the controller's database. */
  readonly acked: number;
  /** Under which number the controller takes our events; null: it must hear our registration first. */
  readonly inc: number | null;
  /** Counts what was under way: an answer to an earlier question says nothing any more. */
  readonly sent: number;
  readonly is: "idle" | "sending" | "pausing";
  readonly pauseMs: number;
}

export type OutboxEvent =
  /** There may be something new. */
  | { readonly e: "wake" }
  | { readonly e: "registered"; readonly inc: number; readonly acked: number }
  /** Nothing was left to send. */
  | { readonly e: "empty" }
  /** null: no answer. */
  | { readonly e: "answered"; readonly sent: number; readonly reply: EventBatchReply | null }
  | { readonly e: "pause-over"; readonly sent: number }
  | { readonly e: "stop" };

export type OutboxEffect =
  /** Sends what follows `after`; or says `empty`. */
  | { readonly do: "send"; readonly after: number; readonly inc: number; readonly sent: number }
  | { readonly do: "later"; readonly ms: number; readonly event: OutboxEvent }
  /** The controller has everything. */
  | { readonly do: "settled"; readonly acked: number }
  | { readonly do: "register-first" }
  | { readonly do: "fenced" };

export interface OutboxStep {
  readonly state: OutboxState;
  readonly effects: readonly OutboxEffect[];
}

export function firstOutbox(acked: number): OutboxState {
  return { acked, inc: null, sent: 0, is: "idle", pauseMs: PAUSE_MIN_MS };
}

export function step(state: OutboxState, event: OutboxEvent): OutboxStep {
  switch (event.e) {
    case "wake":
      return state.is === "idle" ? send(state) : { state, effects: [] };
    case "registered":
      return send({ ...state, inc: event.inc, acked: event.acked, pauseMs: PAUSE_MIN_MS });
    case "empty":
      return { state: { ...state, is: "idle" }, effects: [{ do: "settled", acked: state.acked }] };
    case "answered":
      return event.sent === state.sent && state.is === "sending"
        ? answered(state, event.reply)
        : { state, effects: [] };
    case "pause-over":
      return state.is === "pausing" && event.sent === state.sent ? send(state) : { state, effects: [] };
    case "stop":
      return { state: { ...state, inc: null, is: "idle" }, effects: [] };
  }
}

function send(state: OutboxState): OutboxStep {
  if (state.inc === null) return { state: { ...state, is: "idle" }, effects: [] };
  const sent = state.sent + 1;
  return {
    state: { ...state, is: "sending", sent },
    effects: [{ do: "send", after: state.acked, inc: state.inc, sent }],
  };
}

function answered(state: OutboxState, reply: EventBatchReply | null): OutboxStep {
  // Nobody there, or too late: the same rows go again, which the controller knows to tell apart.
  if (reply === null) return pause(state);
  if (reply.ok)
    return reply.acked > state.acked ? send({ ...state, acked: reply.acked, pauseMs: PAUSE_MIN_MS }) : pause(state);
  if (reply.error === "fenced") return { state: { ...state, inc: null, is: "idle" }, effects: [{ do: "fenced" }] };
  if (reply.error === "register-first")
    return { state: { ...state, inc: null, is: "idle" }, effects: [{ do: "register-first" }] };
  return pause(state);
}

function pause(state: OutboxState): OutboxStep {
  return {
    state: { ...state, is: "pausing", pauseMs: Math.min(PAUSE_MAX_MS, state.pauseMs * 2) },
    effects: [{ do: "later", ms: state.pauseMs, event: { e: "pause-over", sent: state.sent } }],
  };
}
