// Promises of the ledger: what may have been rented, for whom, and what became of it. Written before a cloud is asked.
import type { ProviderFailure } from "#controller/providers/contract/failure.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { AttemptMove, AttemptState } from "#shared/lifecycle/attempt.ts";

/** What a cloud said instead of doing what it was asked, and when. */
export interface AttemptRefusal extends Omit<ProviderFailure, "ok" | "reach"> {
  readonly reach: ProviderFailure["reach"] | { readonly regions: readonly string[] };
  readonly at: number;
}

/** One try to have a cluster's machines at a place. It outlives the cluster's row, until its machines are proven gone. */
export interface AttemptRecord {
  /** The key that the cloud is given, unique among all attempts. */
  readonly id: string;
  readonly cid: string;
  readonly requestId: string;
  /** How often the request had begun to look at all places anew, from 1. */
  readonly round: number;
  readonly placement: Placement;
  readonly state: AttemptState;
  readonly startedAt: number;
  /** When its machines were proven gone; null: they may exist. */
  readonly endedAt: number | null;
  /** Why the cloud gave no machines. */
  readonly failure: AttemptRefusal | null;
  /** Tries to remove what it left that were refused, and the last refusal. */
  readonly removal: { readonly tries: number; readonly refusal: AttemptRefusal } | null;
}

/** What a move may write beside the state. */
export type AttemptNote = Partial<Pick<AttemptRecord, "failure" | "removal">>;

export interface AttemptLedger {
  /** Durable before the cloud is asked for anything. The same id twice: the first row stays. */
  addAttempt(attempt: AttemptRecord): Promise<void>;
  /** By the table of moves, from the state that the row has now. null: from there the move does not exist; another server went on. */
  moveAttempt(id: string, event: AttemptMove, at: number, note?: AttemptNote): Promise<AttemptRecord | null>;
  /** Of a cluster, also when its row has ended; the oldest first. */
  attempts(cid: string): Promise<readonly AttemptRecord[]>;
  /** All whose machines may exist. */
  openAttempts(): Promise<readonly AttemptRecord[]>;
}
