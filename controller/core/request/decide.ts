// Decides what becomes of requests: after a restart, after an operation ended, and when they are old. Pure.
import {
  isRequestTerminal,
  type RequestFailure,
  type RequestOutcome,
  type RequestState,
} from "#shared/lifecycle/request.ts";

export type ResumeDecision =
  | { readonly do: "nothing" }
  | { readonly do: "run" }
  | { readonly do: "finish"; readonly outcome: RequestOutcome };

/**
 * What a starting server does with a request it finds. A request that was at work is run again: its operation is idempotent.
 * One that only lived in its client's connection (a followed log) has lost it.
 */
export function decideResume(
  request: { readonly state: RequestState; readonly cancelAsked: boolean },
  canResume: boolean,
): ResumeDecision {
  if (isRequestTerminal(request.state)) return { do: "nothing" };
  if (request.cancelAsked) return { do: "finish", outcome: { state: "CANCELLED", failure: cancelledFailure } };
  if (request.state === "PENDING" || canResume) return { do: "run" };
  return { do: "finish", outcome: { state: "FAILED", failure: interruptedFailure } };
}

/** What an operation that threw ends its request as. A wish to cancel explains an error that came after it. */
export function decideFailure(failure: RequestFailure, cancelAsked: boolean, aborted: boolean): RequestOutcome {
  if (cancelAsked && aborted) return { state: "CANCELLED", failure: cancelledFailure };
  return { state: "FAILED", failure };
}

/** Requests are kept a day, and 5,000 at most: about 10 MB of rows and as many log files. */
export const retention = {
  ageMs: 24 * 3600 * 1000,
  countMax: 5_000,
  /** While the disk is full and its reserve half used: what people look at after a trouble, in some 60 kB. */
  countOnFullDisk: 50,
} as const;

/** Ended requests created before this instant may go. */
export function pruneBefore(now: number): number {
  return now - retention.ageMs;
}

/** A week: a workdir that is launched daily is not sent again, one that is forgotten does not stay. */
const UPLOAD_AGE_MS = 7 * 24 * 3600 * 1000;

/** Uploads that nobody used since this instant may go. */
export function uploadsBefore(now: number): number {
  return now - UPLOAD_AGE_MS;
}

export const cancelledFailure: RequestFailure = {
  code: "request-cancelled",
  exception: "RequestCancelled",
  message: "the request was cancelled",
  hint: "stix status shows what is there; run the command again to go on",
  attributes: {},
};

const interruptedFailure: RequestFailure = {
  code: "internal",
  exception: "RequestInterruptedError",
  message: "the API server was restarted while it answered",
  hint: "run the command again",
  attributes: {},
};
