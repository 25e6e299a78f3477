// Promises of the request store: every call that may take long is a durable row before its id is answered.
import type { ClusterStore } from "./clusters.ts";
import type { Route } from "#shared/api/routes.ts";
import type { RequestFailure, RequestOutcome, RequestState } from "#shared/lifecycle/request.ts";

/** As the table of calls has it. */
export type Lane = NonNullable<Route["lane"]>;

export interface RequestRecord {
  readonly id: string;
  /** Without the prefix clients see: "launch", "jobs.queue_v2". */
  readonly name: string;
  readonly lane: Lane;
  readonly state: RequestState;
  /** The body as parsed JSON; secrets in it are removed when the request ends. */
  readonly body: unknown;
  readonly userHash: string;
  readonly userName: string;
  readonly workspace: string;
  readonly clusterName: string | null;
  /** API version of the client that asked; null: it did not say. */
  readonly clientApi: number | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** How often the operation was begun: more than 1 after a restart of the server. */
  readonly runs: number;
  readonly cancelAsked: boolean;
  readonly value: unknown;
  readonly failure: RequestFailure | null;
  /** What it waits for, for display. */
  readonly statusMessage: string | null;
  /** One higher at every taking up, by whatever server: who writes with a lower one is refused. */
  readonly token: number;
  /** The server that works on it, or did when it died; null: nobody. */
  readonly leaseOwner: string | null;
  /** Another server may take it up from this instant on; null: at once. */
  readonly leaseUntil: number | null;
  /** While it waits: it is taken up at this instant; null: when what `wakeOn` names changes. */
  readonly wakeAt: number | null;
  /** What it waits for, or waited for last: `lock:NAME`, `request:ID`, or a word for a time that must pass. */
  readonly wakeOn: string | null;
  /** How often in a row it went to wait for that. */
  readonly waits: number;
}

/** Of a request that nobody has taken up yet. */
export const unclaimed = {
  token: 0,
  leaseOwner: null,
  leaseUntil: null,
  wakeAt: null,
  wakeOn: null,
  waits: 0,
} as const satisfies Partial<RequestRecord>;

/** Who works on a request, and until when nobody else may. */
export interface Lease {
  /** The server; a new one at every start of it. */
  readonly owner: string;
  readonly until: number;
}

/** A right to write in the name of a request: holds until somebody else takes the request up. */
export interface Fence {
  readonly requestId: string;
  readonly token: number;
}

/** What a request goes to wait for. It is run again from its beginning when that has come. */
export interface WaitWish {
  /** `lock:NAME`: until nobody has that lock. `request:ID`: until that one ended. Anything else names a time only. */
  readonly on: string;
  /** At the latest then; null: only when what it waits for changes. */
  readonly until: number | null;
  /** For display. */
  readonly message: string | null;
}

export interface RequestFilter {
  readonly ids?: readonly string[];
  readonly states?: readonly RequestState[];
  readonly clusterName?: string;
  readonly userHash?: string;
  readonly workspace?: string;
  readonly limit?: number;
}

export interface RequestStore {
  /** Durable when it resolves. */
  insert(record: RequestRecord): Promise<void>;
  get(id: string): Promise<RequestRecord | null>;
  /** At most `limit` requests whose id begins so. */
  findByPrefix(prefix: string, limit: number): Promise<readonly RequestRecord[]>;
  /** Newest first. */
  list(filter: RequestFilter): Promise<readonly RequestRecord[]>;
  /**
   * For this server: RUNNING under a new token. Only what nobody works on: what is new, what waited long enough, what a server let
   * go of or died over. `runs` grows unless it waited. null: somebody has it, or it ended.
   */
  claim(id: string, lease: Lease, at: number): Promise<RequestRecord | null>;
  /** As `claim`, the oldest of a lane first. */
  claimNext(lane: Lane, count: number, lease: Lease, at: number): Promise<readonly RequestRecord[]>;
  /** Longer leases for all that `owner` works on; gives what that is now. */
  renew(lease: Lease): Promise<readonly Held[]>;
  /** RUNNING → WAITING without a lease. What it waits for may have come meanwhile: then it is due at once. False: no longer ours. */
  wait(fence: Fence, wish: WaitWish, at: number): Promise<boolean>;
  /** RUNNING without a lease: anybody goes on with what `owner` worked on. */
  letGo(owner: string): Promise<void>;
  /** Leases of all others are over: they are known to be dead. */
  endLeasesBut(owner: string): Promise<void>;
  /** Makes due whatever waits for something that has come without a word: a crash between two writes. */
  wakeForgotten(at: number): Promise<void>;
  /** The earliest instant at which something may be taken up that cannot be now; null: none by itself. */
  nextDue(owner: string): Promise<number | null>;
  /**
   * The first outcome stays; its locks are free, and who waited for it or them is due. With a token: only while it is the newest.
   * False: it had ended already, or somebody else has it.
   */
  finish(id: string, outcome: RequestOutcome, at: number, token?: number): Promise<boolean>;
  /** Durable wish; whoever works on it ends the operation. False: it had ended already. */
  askCancel(id: string): Promise<boolean>;
  /** Deletes ended requests older than `before`, and the oldest beyond `keep`; gives their ids. */
  prune(before: number, keep: number): Promise<readonly string[]>;
}

export interface Held {
  readonly id: string;
  readonly token: number;
  readonly cancelAsked: boolean;
}

/** Somebody else has taken the request up: what its former holder still does counts for nothing. */
export class StaleLease extends Error {
  constructor(fence: Fence) {
    super(`request ${fence.requestId} was taken up by another server (token ${fence.token} is old)`);
    this.name = "StaleLease";
  }
}

/** Each call throws `StaleLease` once the fence does not hold any more. */
export interface FencedStores {
  readonly clusters: ClusterStore;
  readonly locks: LockStore;
}

/** Locks that outlive the server: a request holds a name until it ends, so that a resumed one still has it. */
export interface LockStore {
  /** True: `holder` has it now (or had it already). */
  tryAcquire(name: string, holder: string, at: number): Promise<boolean>;
  /** Who waits for it longest is due. */
  release(name: string, holder: string, at: number): Promise<void>;
  holderOf(name: string): Promise<string | null>;
}

/** Archives from clients, known by the hash of their contents. */
export interface UploadStore {
  /** Also notes that it was used, so that it is kept. */
  has(userHash: string, blobId: string, at: number): Promise<boolean>;
  add(userHash: string, blobId: string, sizeBytes: number, at: number): Promise<void>;
  /** Forgets the ones not used since `before`; gives them so that their files can be deleted. */
  prune(before: number): Promise<readonly { readonly userHash: string; readonly blobId: string }[]>;
}
