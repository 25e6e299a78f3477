// Promises of the cluster store: the fleet's durable truth about clusters, their attempts, events and cost intervals.
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { AttemptMove } from "#shared/lifecycle/attempt.ts";
import type { ClusterMove, ClusterState } from "#shared/lifecycle/cluster.ts";
import type { AutostopRequest, Resources } from "#shared/task/task.ts";
import type { AttemptLedger } from "./attempts.ts";

export interface ClusterRecord {
  /** Never used twice: a readable stem of the name and a random suffix. */
  readonly cid: string;
  readonly name: string;
  readonly state: ClusterState;
  readonly userHash: string;
  readonly userName: string;
  readonly workspace: string;
  readonly nodeCount: number;
  /** null until a plan was made. */
  readonly placement: Placement | null;
  /** The alternative of the task that was launched. */
  readonly resources: Resources;
  /** As the provider last told; the head first. */
  readonly instances: readonly Instance[];
  readonly autostop: AutostopRequest | null;
  /** Once true, a failed start keeps the machines instead of removing them. */
  readonly everUp: boolean;
  /** The request that made this row. */
  readonly madeBy: string;
  readonly launchedAt: number;
  readonly statusUpdatedAt: number;
  /** The command that used it last, for display. */
  readonly lastUse: string;
  readonly lastCreationYaml: string | null;
  readonly lastCreationCommand: string | null;
  /** Of what `--fast` compares: task resources, setup and node count. */
  readonly configHash: string | null;
  /** Where jobs' HOME is on the head and where the agent lives, as the provider named them. */
  readonly headPaths: { readonly agent: string; readonly home: string } | null;
  /** null while it exists; set once by `down`. */
  readonly removedAt: number | null;
}

/** What may change after the row was made. */
export type ClusterChange = Partial<
  Pick<
    ClusterRecord,
    | "nodeCount"
    | "placement"
    | "resources"
    | "instances"
    | "autostop"
    | "everUp"
    | "launchedAt"
    | "lastUse"
    | "lastCreationYaml"
    | "lastCreationCommand"
    | "configHash"
    | "headPaths"
  >
>;

export const clusterEventTypes = ["STATUS_CHANGE", "DEBUG", "LAUNCH_PROGRESS", "TERMINAL"] as const;
export type ClusterEventType = (typeof clusterEventTypes)[number];

export interface ClusterEventRecord {
  readonly cid: string;
  readonly clusterName: string;
  readonly at: number;
  readonly type: ClusterEventType;
  readonly fromState: ClusterState | null;
  readonly toState: ClusterState | null;
  readonly reason: string;
  readonly requestId: string | null;
}

export interface StateStep {
  /** What happened; where that leads stands in the table of a cluster's life. */
  readonly event: ClusterMove;
  /** The step is taken only from these states; absent: from any. */
  readonly from?: readonly ClusterState[];
  readonly reason: string;
  readonly at: number;
  readonly requestId?: string;
  readonly change?: ClusterChange;
  /** An attempt's move that belongs to the step: both are taken, or neither. */
  readonly attempt?: { readonly id: string; readonly event: AttemptMove };
}

/** One stretch of time in which a cluster cost money. */
export interface CostInterval {
  readonly cid: string;
  readonly startedAt: number;
  /** null: still running. */
  readonly endedAt: number | null;
  readonly priceUsdPerHour: number;
  readonly nodeCount: number;
}

/** Whose rows; what is absent does not matter. */
export interface OwnerFilter {
  readonly userHash?: string;
  readonly workspace?: string;
}

export interface ClusterStore extends AttemptLedger {
  /** Makes a row in INIT together with its first event. Throws cluster-name-taken when a living cluster has the name. */
  insert(record: ClusterRecord): Promise<void>;
  /** Of a removed cluster: the row with `removedAt`. */
  get(cid: string): Promise<ClusterRecord | null>;
  /** The living cluster of this name. */
  findByName(name: string): Promise<ClusterRecord | null>;
  /** Living clusters in order of launch, newest first. */
  list(of?: OwnerFilter): Promise<readonly ClusterRecord[]>;
  /** Removed ones, newest first. */
  listRemoved(since: number, of?: OwnerFilter): Promise<readonly ClusterRecord[]>;
  change(cid: string, change: ClusterChange): Promise<void>;
  /** Changes state, appends a STATUS_CHANGE event, opens or ends the cost interval: in one transaction. False: not in `from`, removed, or the attempt's move does not exist. Throws illegal-move, and changes nothing, when the event cannot happen in the state. */
  step(cid: string, step: StateStep): Promise<boolean>;
  /** Ends the row: TERMINAL event, interval ended, name free again. Of the removed: nothing. */
  markRemoved(cid: string, at: number, reason: string, requestId: string | null): Promise<void>;
  addEvent(event: ClusterEventRecord): Promise<void>;
  /** Newest last. */
  events(cid: string, type: ClusterEventType | null, limit: number): Promise<readonly ClusterEventRecord[]>;
  intervals(cid: string): Promise<readonly CostInterval[]>;
}
