// How long requests are kept, and the two ends that no operation gives. Pure.
import type { RequestFailure } from "#shared/lifecycle/request.ts";

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

export const interruptedFailure: RequestFailure = {
  code: "internal",
  exception: "RequestInterruptedError",
  message: "the API server was restarted while it answered",
  hint: "run the command again",
  attributes: {},
};
