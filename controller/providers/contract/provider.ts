// What every cloud promises: five verbs all must have. What only some can is in capabilities.ts.
import type { Resources } from "#shared/task/task.ts";
import type { Capabilities, ClusterAt } from "./capabilities.ts";
import type { ProviderAnswer } from "./failure.ts";
import type { Instance } from "./instance.ts";
import type { MachineShape, OwnOffer, Place } from "./place.ts";

/** What an attempt's key may be, so that every cloud can carry it in a tag, a label or a name. */
export const ATTEMPT_KEY = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** The mark every machine carries, and by which it is found again. */
export interface Mark {
  /** Cluster id. */
  readonly cid: string;
  /** Key of the attempt, by ATTEMPT_KEY; never used for two places or for two clusters. */
  readonly attempt: string;
}

export interface CreateRequest extends Mark {
  /** With a region. The zone may be left to the cloud: then all nodes stand in the one it chose. */
  readonly place: Place & { readonly region: string };
  readonly machine: MachineShape;
  readonly clusterName: string;
  readonly nodeCount: number;
  readonly resources: Resources;
}

/** What `remove` takes away. */
export interface Doomed extends ClusterAt {
  /** null: of every attempt, and what is shared between them (addresses, rules of the firewall). */
  readonly attempt: string | null;
}

/**
 * One account at one cloud. Every verb may be called at any time, by two at once and by two servers at once, and again after any
 * ending. An aborted call rejects with the signal's reason; every other failure is an answer.
 */
export interface Provider extends Capabilities {
  readonly cloud: string;
  /** All of the account: no region, no zone. For lists of everything. */
  readonly everywhere: Place;
  /** Credentials and reachability, looked at and never changed. `account` names who we are there. */
  check(place: Place, signal: AbortSignal): Promise<ProviderAnswer<{ readonly account: string | null }>>;
  /** What is for sale at the place beside the public catalog; empty where the catalog says all. */
  describe(place: Place, signal: AbortSignal): Promise<ProviderAnswer<readonly OwnOffer[]>>;
  /**
   * Makes the machines of one attempt, each marked with its cluster and its attempt before or while it is made, never after.
   *
   * Repeated with the same mark it completes the set and answers the same one: never a second set, never another size. When
   * machines of another attempt of the cluster stand in its way it answers `conflict` and touches none of them.
   *
   * What may remain: after a failure, whatever the kind, and after an abort, none, some or all of the machines may have been made,
   * and the cloud may still be making them. All that remains is marked, so `list` finds it, and `remove` of that attempt takes
   * it away. The caller owns that: until `remove` has answered success the attempt counts as rented. A provider may tidy up
   * itself before it answers a failure, but nobody relies on it.
   */
  create(request: CreateRequest, signal: AbortSignal): Promise<ProviderAnswer<readonly Instance[]>>;
  /**
   * The truth: found by mark, never from memory, and complete within the place: a cloud that cannot tell about one of its regions
   * answers a failure, because a machine that is left out is taken for gone. `cid` null: all clusters of this account.
   */
  list(
    wish: { readonly place: Place; readonly cid: string | null },
    signal: AbortSignal,
  ): Promise<ProviderAnswer<readonly Instance[]>>;
  /**
   * Removes everything with the mark, machines that are still being made too; of the gone: success. Answers success only when it is
   * gone or its removal cannot fail any more. After a failure or an abort some may remain; it is called again then.
   */
  remove(doomed: Doomed, signal: AbortSignal): Promise<ProviderAnswer<void>>;
}
