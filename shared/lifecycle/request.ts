// The life of a request to the API server.
import { lifecycle, type EventOf, type StateOf, type TerminalStateOf } from "./moves.ts";

export const requestLife = lifecycle("request", {
  states: {
    PENDING: { doc: "durable, not begun", tone: "waits" },
    WAITING: { doc: "begun, paused until something outside changes", tone: "waits" },
    RUNNING: { doc: "its operation is at work", tone: "good" },
    SUCCEEDED: { doc: "ended with a value", tone: "good", terminal: true },
    FAILED: { doc: "ended with an error", tone: "bad", terminal: true },
    CANCELLED: { doc: "ended because somebody asked", tone: "rests", terminal: true },
  },
  moves: [
    [null, "submit", "PENDING"],
    // Begun again after a restart, or by another server.
    [["PENDING", "WAITING", "RUNNING"], "begin", "RUNNING"],
    [["PENDING", "WAITING", "RUNNING"], "wait", "WAITING"],
    [["PENDING", "WAITING", "RUNNING"], "go-on", "RUNNING"],
    [["PENDING", "WAITING", "RUNNING"], "succeed", "SUCCEEDED"],
    [["PENDING", "WAITING", "RUNNING"], "fail", "FAILED"],
    [["PENDING", "WAITING", "RUNNING"], "cancel", "CANCELLED"],
  ],
});

export const requestState = requestLife.state;
export const requestStates = requestLife.order;
export type RequestState = StateOf<typeof requestLife>;
export type EndedRequestState = TerminalStateOf<typeof requestLife>;
export type OpenRequestState = Exclude<RequestState, EndedRequestState>;
export type RequestMove = EventOf<typeof requestLife>;

/** True when the request can never change again. */
export const isRequestTerminal = requestLife.isTerminal;

/** An error as clients get it. `code` is ours; `exception` is the class SkyPilot's programs raise. */
export interface RequestFailure {
  readonly code: string;
  readonly exception: string;
  readonly message: string;
  readonly hint: string;
  /** Keyword arguments of the exception; plain data. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

export type RequestOutcome =
  | { readonly state: typeof requestState.SUCCEEDED; readonly value: unknown }
  | { readonly state: typeof requestState.FAILED | typeof requestState.CANCELLED; readonly failure: RequestFailure };
