// When a call of an HTTP API may be made, and when it is made again. Pure.
import type { FailureKind, FailureReach } from "../contract/failure.ts";

/** A bucket of calls: `burst` at once, refilled at `perSecond`. */
export interface Pace {
  readonly perSecond: number;
  readonly burst: number;
}

export interface PaceState {
  /** Calls that may be made at once at `at`; below 0: so many wait already. */
  readonly left: number;
  /** Milliseconds, monotonic. */
  readonly at: number;
}

/** Takes one call out of the bucket. It may be made after `waitMs`; those that wait keep their order. */
export function takeTurn(
  { perSecond, burst }: Pace,
  before: PaceState,
  now: number,
): { readonly state: PaceState; readonly waitMs: number } {
  const left = Math.min(burst, before.left + ((now - before.at) / 1000) * perSecond) - 1;
  return { state: { left, at: now }, waitMs: left >= 0 ? 0 : (-left / perSecond) * 1000 };
}

export interface TryFacts {
  /** null: there was no answer (the line broke, or was never there). */
  readonly status: number | null;
  /** Doing it twice is the same as once. */
  readonly canRepeat: boolean;
  /** Tries made so far, this one included. */
  readonly tries: number;
  readonly triesMost: number;
  /** What the server asked for. */
  readonly retryAfterMs: number | null;
  /** Between 0 and 1. */
  readonly chance: number;
}

/** A server that asks for longer is told as a failure: others decide what to do meanwhile. */
export const PATIENCE_MS = 30_000;
const PAUSE_MS = 500;
const PAUSE_MOST_MS = 15_000;

/** Milliseconds until the next try; null: the answer stands. */
export function retryAfter({ status, canRepeat, tries, triesMost, retryAfterMs, chance }: TryFacts): number | null {
  if (tries >= triesMost) return null;
  // 429 says that nothing was done; of the others nobody knows.
  const isWorth = status === 429 || (canRepeat && (status === null || status === 408 || status >= 500));
  if (!isWorth || status === 501 || (retryAfterMs ?? 0) > PATIENCE_MS) return null;
  const pause = Math.min(PAUSE_MOST_MS, PAUSE_MS * 2 ** (tries - 1));
  // Between half and all of it, so that many do not come back at once.
  return Math.max(retryAfterMs ?? 0, pause * (0.5 + chance / 2));
}

/** A Retry-After header in milliseconds: seconds, or a date (RFC 9110 §10.2.3). null: it says nothing. `now`: since the epoch. */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null || header.trim() === "") return null;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** What a status means where the cloud's own words say nothing better. */
export function failureOfStatus(status: number | null): { readonly kind: FailureKind; readonly reach: FailureReach } {
  if (status === null) return { kind: "transient", reach: "cloud" };
  if (status === 401) return { kind: "auth", reach: "account" };
  if (status === 403) return { kind: "forbidden", reach: "account" };
  if (status === 404 || status === 410) return { kind: "not-found", reach: "offer" };
  if (status === 409) return { kind: "conflict", reach: "offer" };
  if (status === 429) return { kind: "rate-limited", reach: "account" };
  if (status === 408 || status >= 500) return { kind: "transient", reach: "region" };
  return status >= 400 ? { kind: "invalid", reach: "offer" } : { kind: "unknown", reach: "offer" };
}
