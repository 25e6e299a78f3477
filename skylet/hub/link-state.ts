// The head's line to the controller as a machine: dials, registers until it is answered, moves when the hub moves. Pure: an event
// and the state before give the state after and what is to be done.
import type { HeadRegistrationReply } from "#shared/wire/registration.ts";

const PAUSE_MIN_MS = 200;
const PAUSE_MAX_MS = 5_000;

/** Where the hub is. A higher `gen` replaces a lower. */
export interface Endpoints {
  readonly gen: number;
  readonly list: readonly string[];
}

export interface LinkState {
  readonly endpoints: Endpoints;
  /** Number of the last dial: whatever comes of an earlier one is closed. */
  readonly dialled: number;
  /** `anew`: what was said in the registration under way may be old already. */
  readonly registration: "none" | "under-way" | "anew" | "pausing";
  readonly pauseMs: number;
  /** The controller knows us: heartbeats have a meaning. */
  readonly isRegistered: boolean;
  readonly beats: number;
  readonly isStopped: boolean;
}

export type LinkEvent =
  | { readonly e: "start" }
  | { readonly e: "dial-failed"; readonly attempt: number }
  /** Connected, again, or somebody wishes the controller to hear what we are now. */
  | { readonly e: "register" }
  | { readonly e: "pause-over" }
  /** null: no answer. */
  | { readonly e: "answered"; readonly reply: HeadRegistrationReply | null }
  | { readonly e: "beat" }
  | { readonly e: "endpoints"; readonly found: Endpoints }
  | { readonly e: "dial-again"; readonly attempt: number }
  | { readonly e: "stop" };

export type LinkEffect =
  | { readonly do: "dial"; readonly attempt: number; readonly endpoints: Endpoints }
  | { readonly do: "close" }
  | { readonly do: "register" }
  | { readonly do: "later"; readonly ms: number; readonly event: LinkEvent }
  | { readonly do: "welcome"; readonly reply: Extract<HeadRegistrationReply, { ok: true }> }
  | { readonly do: "refused"; readonly reply: Extract<HeadRegistrationReply, { ok: false }> }
  | { readonly do: "beat"; readonly n: number };

export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

export function firstLink(endpoints: Endpoints): LinkState {
  return {
    endpoints,
    dialled: 0,
    registration: "none",
    pauseMs: PAUSE_MIN_MS,
    isRegistered: false,
    beats: 0,
    isStopped: false,
  };
}

export function step(state: LinkState, event: LinkEvent): LinkStep {
  if (state.isStopped) return nothing(state);
  switch (event.e) {
    case "start":
      return dial(state);
    case "dial-failed":
      return event.attempt === state.dialled
        ? { state, effects: [{ do: "later", ms: PAUSE_MAX_MS, event: { e: "dial-again", attempt: event.attempt } }] }
        : nothing(state);
    case "dial-again":
      return event.attempt === state.dialled ? dial(state) : nothing(state);
    case "register":
      return register({ ...state, pauseMs: PAUSE_MIN_MS });
    case "pause-over":
      return state.registration === "pausing" ? register(state) : nothing(state);
    case "answered":
      return answered(state, event.reply);
    case "beat":
      return state.isRegistered ? beat(state) : nothing(state);
    case "endpoints":
      return moved(state, event.found);
    case "stop":
      return { state: { ...state, isStopped: true }, effects: [{ do: "close" }] };
  }
}

function nothing(state: LinkState): LinkStep {
  return { state, effects: [] };
}

function dial(state: LinkState): LinkStep {
  const attempt = state.dialled + 1;
  const { endpoints } = state;
  return { state: { ...state, dialled: attempt }, effects: [{ do: "dial", attempt, endpoints }] };
}

function register(state: LinkState): LinkStep {
  if (state.registration === "under-way" || state.registration === "anew")
    return nothing({ ...state, registration: "anew" });
  return { state: { ...state, registration: "under-way" }, effects: [{ do: "register" }] };
}

function answered(state: LinkState, reply: HeadRegistrationReply | null): LinkStep {
  const told: LinkEffect[] = [];
  let after = state;
  if (reply?.ok === true) {
    after = { ...state, isRegistered: true, beats: state.beats + 1, pauseMs: PAUSE_MIN_MS };
    told.push({ do: "welcome", reply }, { do: "beat", n: state.beats });
  } else if (reply !== null) told.push({ do: "refused", reply });
  if (state.registration === "anew") {
    const again = register({ ...after, registration: "none" });
    return { state: again.state, effects: [...told, ...again.effects] };
  }
  if (reply?.ok === true) return { state: { ...after, registration: "none" }, effects: told };
  // Nobody listens now, or not to us; the cluster goes on by itself and asks again.
  return {
    state: { ...after, registration: "pausing", pauseMs: Math.min(PAUSE_MAX_MS, after.pauseMs * 2) },
    effects: [...told, { do: "later", ms: after.pauseMs, event: { e: "pause-over" } }],
  };
}

function beat(state: LinkState): LinkStep {
  return { state: { ...state, beats: state.beats + 1 }, effects: [{ do: "beat", n: state.beats }] };
}

function moved(state: LinkState, found: Endpoints): LinkStep {
  if (found.gen <= state.endpoints.gen) return nothing(state);
  const next = dial({ ...state, endpoints: found });
  return { state: next.state, effects: [{ do: "close" }, ...next.effects] };
}
