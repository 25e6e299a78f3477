// Promises between the hub's side and the stores: what the registration and event desks may ask and must remember.
import type { ClusterEvent } from "#shared/wire/events.ts";

/** Asked by the hub's side about clusters; kept by the cluster store. */
export interface ClusterDirectory {
  /** null: never existed, or was removed (its agents must be refused). */
  find(cid: string): Promise<{ readonly cid: string; readonly name: string; readonly nodeCount: number } | null>;
}

export interface Incarnation {
  /** Identity of the head's database. */
  readonly dbId: string;
  readonly inc: number;
  readonly run: number;
  /** Events up to this one are durable here. */
  readonly acked: number;
}

export interface StoredEvent {
  readonly cid: string;
  readonly inc: number;
  readonly seq: number;
  readonly at: number;
  readonly event: ClusterEvent;
}

/** Remembered for the hub's side. Every method is one transaction and durable when it resolves. */
export interface AgentRecords {
  /** Start counter of the controller, one higher at every call: called once at start. */
  nextEpoch(): Promise<number>;
  /** Whatever `enroll` made for a cluster, as JSON text; null: not enrolled. Holds secrets: the database file is 0600. */
  enrolment(cid: string): Promise<string | null>;
  saveEnrolment(cid: string, json: string): Promise<void>;
  /** Its credentials are worth nothing any more. */
  removeEnrolment(cid: string): Promise<void>;
  /** The newest incarnation of the cluster's head. */
  incarnation(cid: string): Promise<Incarnation | null>;
  saveIncarnation(cid: string, incarnation: Incarnation): Promise<void>;
  /** Appends in order; rows at or below the cursor are ignored, a gap ends the batch. Gives the new cursor. */
  applyEvents(cid: string, inc: number, rows: readonly (readonly [number, number, ClusterEvent])[]): Promise<number>;
  /** Events not yet handed to monitors, oldest first. */
  unpublished(limit: number): Promise<readonly StoredEvent[]>;
  markPublished(cid: string, inc: number, seq: number): Promise<void>;
  /** Deletes published events older than `before`. */
  pruneEvents(before: number): Promise<void>;
}
