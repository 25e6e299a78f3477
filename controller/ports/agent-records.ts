// Promises between the hub's side and the stores: what the registration and event desks may ask and must remember.

/** Asked by the hub's side about clusters; kept by the cluster store. */
export interface ClusterDirectory {
  /** null: never existed, or was removed (its agents must be refused). */
  find(cid: string): Promise<{ readonly cid: string; readonly name: string; readonly nodeCount: number } | null>;
}

/** What is remembered of a cluster's agents. Holds no secret: keys and tokens follow from the hub's own key. */
export interface AgentRecord {
  readonly cid: string;
  /** Shown in events; the name the user gave. */
  readonly clusterName: string;
  /** Port of the cluster's own bus. */
  readonly busPort: number;
  /** Which boot token the next new database must show; one higher after each use. */
  readonly bootGeneration: number;
  /** When the head's credentials end; milliseconds. */
  readonly credentialsExpireAt: number;
  /** Its credentials work no more since then. */
  readonly revokedAt: number | null;
  readonly incarnation: Incarnation | null;
}

export interface Incarnation {
  /** Identity of the head's database. */
  readonly dbId: string;
  readonly inc: number;
  readonly run: number;
  /** Events up to this one are durable here. */
  readonly acked: number;
}

/** An event and what it changes in the snapshot that monitors may read at any time. */
export interface EventRow {
  readonly seq: number;
  readonly at: number;
  /** Last part of its subject: "job.3", "cluster". */
  readonly kind: string;
  /** With its `type`; without the envelope. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Merged over the snapshot of that key (null deletes a field); null: no snapshot changes. */
  readonly patch: { readonly key: string; readonly value: Readonly<Record<string, unknown>> } | null;
}

export interface EventBatch {
  readonly cid: string;
  readonly inc: number;
  readonly run: number;
  readonly rows: readonly EventRow[];
}

/** `fenced`: a newer incarnation or run has spoken. `register-first`: this incarnation is unknown. */
export type BatchOutcome =
  | { readonly ok: true; readonly acked: number }
  | { readonly ok: false; readonly error: "fenced" | "register-first" };

export interface StoredEvent {
  /** In order of arrival, over all clusters. */
  readonly id: number;
  readonly cid: string;
  readonly clusterName: string;
  readonly inc: number;
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Snapshot {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** The newest event it reflects. */
  readonly eventId: number;
}

/** How far monitors were served, and of which stream that is true. */
export interface PublishMark {
  /** Events up to this id are in the stream and the snapshots of the bucket. */
  readonly eventId: number;
  /** Creation time of the stream as the hub tells it; "" before the first. */
  readonly stream: string;
  /** Sequence number in the stream of the last event. */
  readonly streamSeq: number;
}

/** The controller's own events about a cluster come from this incarnation, in a sequence of their own. */
export const CONTROLLER_INC = 0;

/** Remembered for the hub's side. Every method is one transaction and durable when it resolves. */
export interface AgentRecords {
  /** Start counter of the controller, at least one higher at every call and at least `atLeast`: called once at start. */
  nextEpoch(atLeast: number): Promise<number>;
  /** The newest epoch, for one of several servers: heads obey all that say it. The first one makes it, of `atLeast`. */
  sharedEpoch(atLeast: number): Promise<number>;
  /** Whose hub the database is: that of `account` when it had none. Gives the account it belongs to. */
  claimHub(account: string): Promise<string>;
  /** A strictly growing number, at least `atLeast`: seconds at which the account was issued. */
  nextAccountIssue(atLeast: number): Promise<number>;
  find(cid: string): Promise<AgentRecord | null>;
  /** Makes the record, or gives the one that is there. */
  enrol(
    record: Pick<AgentRecord, "cid" | "clusterName" | "busPort" | "credentialsExpireAt"> &
      Partial<Pick<AgentRecord, "bootGeneration">>,
  ): Promise<AgentRecord>;
  setCredentialsExpiry(cid: string, at: number): Promise<void>;
  /** False: revoked before, or never enrolled. */
  revoke(cid: string, at: number): Promise<boolean>;
  /** The newest first. */
  revoked(since: number, limit: number): Promise<readonly { readonly cid: string; readonly revokedAt: number }[]>;
  /** A new incarnation (with `inc` one higher) uses up the boot token; a new run of the same one does not. */
  saveIncarnation(cid: string, incarnation: Incarnation): Promise<void>;
  /** All batches in one transaction. Rows at or below the cursor are ignored, a gap ends a batch. */
  applyEvents(batches: readonly EventBatch[]): Promise<readonly BatchOutcome[]>;
  /** An event of the controller itself about a cluster (or about itself: cid "_ctl"); numbered here. */
  appendOwn(cid: string, clusterName: string, row: Omit<EventRow, "seq">): Promise<void>;
  /** Events after this id, oldest first. */
  eventsAfter(id: number, limit: number): Promise<readonly StoredEvent[]>;
  /** The id of this event, or null when it was pruned. */
  eventId(cid: string, inc: number, seq: number): Promise<number | null>;
  /** The id before the first event that is not older than `at`: publishing again starts there. */
  idBefore(at: number): Promise<number>;
  /** Snapshots that changed after this event, at most `limit`, in order of event. */
  snapshotsAfter(eventId: number, limit: number): Promise<readonly Snapshot[]>;
  /** Called after events were committed, by whomever: an invitation to read on. */
  onEvents(receive: () => void): void;
  publishMark(): Promise<PublishMark>;
  savePublishMark(mark: PublishMark): Promise<void>;
  /** Deletes published events and agents older than this, and snapshots of clusters revoked before that; gives the deleted snapshots' keys. */
  prune(before: {
    readonly events: number;
    readonly snapshots: number;
    readonly agents: number;
  }): Promise<readonly string[]>;
}
