// Promises of the request store: every call that may take long is a durable row before its id is answered.
import type { RequestFailure, RequestOutcome, RequestState } from "#shared/lifecycle/request.ts";

export type Lane = "long" | "short";

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
}

export interface RequestFilter {
  readonly ids?: readonly string[];
  readonly states?: readonly RequestState[];
  readonly clusterName?: string;
  readonly userHash?: string;
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
  /** PENDING, WAITING or RUNNING → RUNNING, `runs` + 1. Gives the row; null: it ended meanwhile. */
  begin(id: string, at: number): Promise<RequestRecord | null>;
  setWaiting(id: string, message: string | null): Promise<void>;
  /** The first outcome stays. False: it had ended already. */
  finish(id: string, outcome: RequestOutcome, at: number): Promise<boolean>;
  /** Durable wish; the worker ends the operation. False: it had ended already. */
  askCancel(id: string): Promise<boolean>;
  /** Deletes ended requests older than `before`, and the oldest beyond `keep`; gives their ids. */
  prune(before: number, keep: number): Promise<readonly string[]>;
}

/** Locks that outlive the server: a request holds a name until it ends, so that a resumed one still has it. */
export interface LockStore {
  /** True: `holder` has it now (or had it already). */
  tryAcquire(name: string, holder: string, at: number): Promise<boolean>;
  release(name: string, holder: string): Promise<void>;
  /** Frees everything a request held. */
  releaseAll(holder: string): Promise<void>;
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
