// The words of failover: what the ledger and the plan say, and what may be done next.
import type { AttemptMove, AttemptState } from "#shared/lifecycle/attempt.ts";

export type RefusalKind =
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

/** How much a refusal rules out; `regions`: those, and no other. */
export type RefusalReach = "offer" | "zone" | "region" | "cloud" | "account" | { readonly regions: readonly string[] };

/** What a cloud said instead of giving machines, or instead of removing them. */
export interface Refusal {
  readonly kind: RefusalKind;
  readonly reach: RefusalReach;
  readonly message: string;
  readonly hint: string;
  readonly retryAfterMs?: number;
  /** When it said so, in milliseconds since the epoch. */
  readonly at: number;
}

export interface Place {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string | null;
  readonly instanceType: string;
  readonly useSpot: boolean;
}

/** How the removal of what an attempt left has fared so far. */
export interface Removal {
  readonly tries: number;
  /** The answer to the last try. */
  readonly refusal: Refusal;
}

/** A row of the ledger: one try to have a cluster's machines at a place. */
export interface AttemptFacts {
  /** The key that the cloud is given; no two attempts share it. */
  readonly id: string;
  readonly requestId: string;
  /** Counts how often the request has begun to look at all places anew, from 1. */
  readonly round: number;
  readonly state: AttemptState;
  readonly placement: Place;
  readonly failure: Refusal | null;
  readonly removal: Removal | null;
}

/** What the plan answered; `place` null: nothing is left that was not tried. */
export interface PlanAnswer {
  readonly round: number;
  readonly place: Place | null;
  readonly at: number;
}

export interface FailoverFacts {
  /** The request that wants the machines. */
  readonly requestId: string;
  /** All attempts of the cluster, the oldest first. */
  readonly attempts: readonly AttemptFacts[];
  /** null: it was not asked since the ledger changed. */
  readonly plan: PlanAnswer | null;
  /** The attempt whose machines the cloud has just named to us. */
  readonly heard: string | null;
  readonly retryUntilUp: boolean;
}

/** Offers that may not be chosen: every field that is present must be equal. */
export interface Block {
  readonly cloud: string;
  readonly region?: string;
  readonly zone?: string;
  readonly instanceType?: string;
  readonly useSpot?: boolean;
}

export type Effect =
  /** Ask the optimizer for the best place outside of `blocked`. */
  | { readonly do: "plan"; readonly round: number; readonly blocked: readonly Block[] }
  /** Write the attempt into the ledger. */
  | { readonly do: "begin"; readonly number: number; readonly round: number; readonly place: Place }
  /** Ask the cloud for the attempt's machines: those that it has made already, when it was asked before. */
  | { readonly do: "create"; readonly id: string }
  /** The cluster takes the machines that were named. */
  | { readonly do: "adopt"; readonly id: string }
  /** Ask the cloud to remove what carries the attempt's key. */
  | { readonly do: "remove"; readonly id: string }
  | { readonly do: "wait"; readonly until: number; readonly why: "removal" | "rate-limit" | "no-resources" }
  /** The cluster has its machines. */
  | { readonly do: "ready"; readonly id: string }
  /** `unproven`: attempts whose removal goes on without the request. */
  | { readonly do: "give-up"; readonly refused: readonly AttemptFacts[]; readonly unproven: readonly AttemptFacts[] };

/** How an answer changes the attempt's row. */
export interface AttemptChange {
  readonly event: AttemptMove;
  readonly failure?: Refusal;
  readonly removal?: Removal;
}
