// States of a request to the API server.

export const requestStates = [
  "PENDING", // durable, not begun
  "WAITING", // begun, paused until something outside changes
  "RUNNING", // its operation is at work
  "SUCCEEDED", // ended with a value
  "FAILED", // ended with an error
  "CANCELLED", // ended because somebody asked
] as const;

export type RequestState = (typeof requestStates)[number];

export function isRequestTerminal(state: RequestState): boolean {
  return state === "SUCCEEDED" || state === "FAILED" || state === "CANCELLED";
}

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
  | { readonly state: "SUCCEEDED"; readonly value: unknown }
  | { readonly state: "FAILED" | "CANCELLED"; readonly failure: RequestFailure };
