// How a cloud says no. Failures are values, never thrown: what kind, how far it reaches, what the user may do.

export type FailureKind =
  | "capacity"
  | "quota"
  | "auth"
  | "forbidden"
  | "invalid"
  | "not-found"
  | "conflict"
  | "rate-limited"
  | "transient"
  | "unsupported"
  | "unknown";

/**
 * How much a failure rules out: this type of machine here, its zone, its region, some regions by name (a quota that several
 * share), the whole cloud, or everything that the account may do there.
 */
export type FailureReach = "offer" | "zone" | "region" | "cloud" | "account" | { readonly regions: readonly string[] };

export interface ProviderFailure {
  readonly ok: false;
  readonly kind: FailureKind;
  readonly reach: FailureReach;
  /** In one line, without secrets. */
  readonly message: string;
  /** What the user may do. */
  readonly hint: string;
  /** The cloud's own word for it, for the log and for searching. */
  readonly vendorCode?: string;
  /** The cloud asked for this pause before the next try. */
  readonly retryAfterMs?: number;
}

export type ProviderAnswer<T> = { readonly ok: true; readonly value: T } | ProviderFailure;
