// What every cloud promises. Five verbs all must have; capabilities may be absent. Failures are values, never thrown.
import type { Resources } from "#shared/task/task.ts";

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

/** How much a failure rules out. */
export type FailureReach = "offer" | "zone" | "region" | "cloud" | "account";

export interface ProviderFailure {
  readonly ok: false;
  readonly kind: FailureKind;
  readonly reach: FailureReach;
  readonly message: string;
  /** What the user may do. */
  readonly hint: string;
  readonly vendorCode?: string;
  readonly retryAfterMs?: number;
}

export type ProviderAnswer<T> = { readonly ok: true; readonly value: T } | ProviderFailure;

/** Something a provider sells that is not in the public catalog (a local machine, a node pool). Prices are USD an hour. */
export interface OwnOffer {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string | null;
  readonly instanceType: string;
  /** The most that a node can be given. */
  readonly cpus: number;
  readonly memoryGib: number;
  readonly accelerator: { readonly name: string; readonly count: number } | null;
  /** The most nodes of one cluster; absent: no bound is known. */
  readonly nodesMax?: number;
  /** How the user can say that it has more, for hints. */
  readonly declare?: string;
  /** Devices are only counted, not isolated. */
  readonly virtual: boolean;
  readonly priceUsdPerHour: number;
}

/** Where one cluster's machines are to be made; chosen by the plan. */
export interface Placement {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string | null;
  readonly instanceType: string;
  readonly useSpot: boolean;
  /** What each node has, for the queue's account. */
  readonly cpus: number;
  readonly memoryGib: number;
  readonly accelerator: { readonly name: string; readonly count: number } | null;
  readonly virtual: boolean;
  readonly priceUsdPerHour: number;
}

export interface CreateRequest {
  /** Cluster id: the mark (tag) every machine carries. Doing `create` twice with one cid makes one set. */
  readonly cid: string;
  readonly clusterName: string;
  readonly nodeCount: number;
  readonly placement: Placement;
  readonly resources: Resources;
}

export type InstanceState = "pending" | "running" | "stopping" | "stopped" | "dead";

/** A machine as its cloud tells it. `dead`: it exists (or its leftovers do) but will not come back by itself. */
export interface Instance {
  readonly cid: string;
  /** "n0" is the head. */
  readonly nid: string;
  readonly instanceId: string;
  readonly state: InstanceState;
  readonly internalIp: string;
  readonly externalIp: string | null;
  /** A stop or down that the cluster decided itself. */
  readonly autostopped: "stop" | "down" | null;
}

export interface FileToPlace {
  /** Absolute path on this machine; a link at its end is followed. */
  readonly source: string;
  readonly destination: string;
  /** What of a folder stays at home; `path` is relative to it. Of a folder that stays, nothing is asked. */
  readonly ignores: (path: string, isFolder: boolean) => boolean;
}

export interface PlacedFiles {
  /** Links that lead nowhere on the node, as jobs see them. */
  readonly dangling: readonly string[];
}

/** Puts files on a node and starts its agent. The way differs (a folder here, ssh there), the promise does not. */
export interface NodeAccess {
  /** Where the agent keeps node.json and its database, and where the jobs' HOME is, on that node. */
  paths(instance: Instance): { readonly agent: string; readonly home: string };
  /** Writes a file (0600 unless `mode`) in the agent folder; whole or not at all. */
  writeAgentFile(instance: Instance, name: string, content: string, mode?: number): Promise<ProviderAnswer<void>>;
  /** A file that writeAgentFile wrote; null when it is not there or the node cannot be read now. */
  readAgentFile(instance: Instance, name: string): Promise<string | null>;
  /** Starts the skylet under a supervisor that starts it again when it dies; a second call changes nothing. */
  startAgent(instance: Instance): Promise<ProviderAnswer<void>>;
  /**
   * For a node that runs and does not answer: ends its supervisor, its agent and all their processes, jobs included, and starts
   * the agent as on a machine that was restarted.
   */
  restartAgent(instance: Instance): Promise<ProviderAnswer<void>>;
  /** Why the agent of a node does not stay up, in its own words; null while it does, or where that cannot be known. */
  complaint(instance: Instance): Promise<string | null>;
  /**
   * Makes each `destination` on the node hold what `source` on this machine holds. A relative or ~ destination is under HOME.
   * A directory source replaces contents file by file and deletes nothing else (rsync without --delete). Where a file, link or folder
   * stands in the way of another kind it goes only when an earlier call put it there and nobody changed it since; otherwise the answer
   * is a failure of kind `conflict` that names it, and nothing of that file's tree was done.
   */
  placeFiles(
    instance: Instance,
    files: readonly FileToPlace[],
    signal: AbortSignal,
  ): Promise<ProviderAnswer<PlacedFiles>>;
}

export interface Power {
  /** Stops the machines and keeps their disks; of the stopped: nothing. */
  stop(cid: string, signal: AbortSignal): Promise<ProviderAnswer<void>>;
  /** Starts the stopped machines of the cluster; of the running: nothing. */
  start(cid: string, signal: AbortSignal): Promise<ProviderAnswer<void>>;
}

export interface Provider {
  readonly cloud: string;
  /** Credentials and reachability. `account` names who we are there. */
  check(signal: AbortSignal): Promise<ProviderAnswer<{ readonly account: string | null }>>;
  /** What is for sale here beside the public catalog; empty where the catalog says all. */
  describe(signal: AbortSignal): Promise<ProviderAnswer<readonly OwnOffer[]>>;
  create(request: CreateRequest, signal: AbortSignal): Promise<ProviderAnswer<readonly Instance[]>>;
  /** The truth: found by mark, never from memory. null: all clusters of this installation. */
  list(cid: string | null, signal: AbortSignal): Promise<ProviderAnswer<readonly Instance[]>>;
  /** Removes everything with the mark; of the gone: success. Returns only when it is gone or its removal cannot fail any more. */
  remove(cid: string, signal: AbortSignal): Promise<ProviderAnswer<void>>;
  readonly power: Power | null;
  readonly access: NodeAccess;
}
