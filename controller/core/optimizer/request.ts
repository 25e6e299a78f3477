// The words of the optimizer: what is asked, the candidates that fit, and the plan or the reasons there is none.
import type { CloudView, Feature } from "#catalog/query.ts";
import type { DeviceFacts } from "#catalog/names.ts";
import type { Accelerator } from "#catalog/offer.ts";
import type { Resources, ResourcesChoice } from "#shared/task/task.ts";

export type Target = "cost" | "time";

/** Seconds a task runs: the same anywhere, or by device name ("cpu" without devices). */
export type RuntimeEstimate = number | Readonly<Record<string, number>>;

export interface TaskRequest {
  readonly name: string;
  readonly numNodes: number;
  readonly resources: ResourcesChoice;
  /** Absent: one hour. */
  readonly runtimeSeconds?: RuntimeEstimate;
  /** Read from a bucket; `cloud` null when the bucket lies in none. */
  readonly inputs?: { readonly cloud: string | null; readonly sizeGb: number };
  /** What the next tasks read from this one. */
  readonly outputsGb?: number;
  /** Needed beside what the resources say (autostop, storage mounts). */
  readonly features?: readonly Feature[];
}

/** Offers that may not be chosen: every field that is present must be equal. An empty one blocks everything. */
export interface BlockedOffer {
  readonly cloud?: string;
  readonly region?: string;
  readonly zone?: string;
  readonly instanceType?: string;
  readonly accelerator?: Accelerator;
  readonly useSpot?: boolean;
}

/** Nodes already paid for elsewhere, by place and type. */
export type ReservedNodes = (place: {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string | null;
  readonly instanceType: string;
}) => number;

/** Turns a spot price into what an hour of useful work costs, given the interruption band and device. */
export type ExpectedPrice = (offer: {
  readonly spotPrice: number;
  readonly band: number | null;
  readonly accelerator: string | null;
}) => number;

export interface OptimizeRequest {
  readonly tasks: readonly TaskRequest[];
  /** Pairs of task indices: the second reads what the first writes. */
  readonly edges?: readonly (readonly [number, number])[];
  /** In order of preference where costs are equal. */
  readonly enabledClouds: readonly string[];
  readonly blocked?: readonly BlockedOffer[];
  readonly target: Target;
  readonly view: (cloud: string) => CloudView;
  readonly reservedNodes?: ReservedNodes;
  readonly expectedPrice?: ExpectedPrice;
  /** Known devices, to refuse a name that may mean several. */
  readonly devices?: readonly DeviceFacts[];
}

/** One machine in one place at a price. */
export interface Candidate {
  readonly cloud: string;
  readonly region: string;
  /** null: any zone of the region, or the cloud has none. */
  readonly zone: string | null;
  /** Zones that may be tried, in order; empty where the cloud has none or they are not known. */
  readonly zones: readonly string[];
  readonly instanceType: string;
  readonly cpus: number | null;
  readonly memoryGib: number | null;
  readonly accelerator: Accelerator | null;
  readonly deviceMemoryGb: number | null;
  readonly arch: "x86_64" | "arm64";
  readonly useSpot: boolean;
  /** Of one node, in the way it would be bought. */
  readonly priceUsdPerHour: number;
  readonly onDemandUsdPerHour: number | null;
  readonly spotUsdPerHour: number | null;
  /** 0 (below 5 % a month) to 4 (above 20 %). */
  readonly interruptionBand: number | null;
  /** When the price was seen, and where; "" where unknown. */
  readonly asOf: string;
  readonly source: string;
  /** Index of the alternative in the task's resources. */
  readonly alternative: number;
}

/** A candidate with what the task costs and takes there. */
export interface Weighed {
  readonly candidate: Candidate;
  readonly costUsd: number;
  readonly seconds: number;
}

export interface PlannedTask {
  readonly name: string;
  readonly numNodes: number;
  readonly chosen: Weighed;
  /** The cheapest of each (cloud, devices, spot), cheapest first: what the printed table shows. */
  readonly considered: readonly Weighed[];
  /** Places that fit, of all clouds and types. */
  readonly candidateCount: number;
  /** Types of the chosen cloud that fit the chosen devices, cheapest first. */
  readonly sameCloudTypes: readonly string[];
  /** The alternative of the resources that was chosen, as resolved. */
  readonly resources: Resources;
}

/** Data that leaves a cloud. Task index -1: the bucket of the inputs. */
export interface DataMove {
  readonly from: number;
  readonly to: number;
  readonly fromCloud: string;
  readonly toCloud: string;
  readonly sizeGb: number;
  readonly costUsd: number;
  readonly seconds: number;
}

export interface Plan {
  readonly kind: "plan";
  readonly target: Target;
  readonly tasks: readonly PlannedTask[];
  readonly moves: readonly DataMove[];
  /** Of all tasks and moves. */
  readonly costUsd: number;
  /** Along the longest path. */
  readonly seconds: number;
  readonly warnings: readonly string[];
}

/** Why nothing can be had, in SkyPilot's classes. */
export interface Infeasible {
  readonly kind: "infeasible";
  readonly exception: "ResourcesUnavailableError" | "ResourcesMismatchError" | "ValueError" | "NotSupportedError";
  readonly message: string;
  readonly hint: string;
  /** Index of the task. */
  readonly task: number;
  /** Lines for the log before the error. */
  readonly story: readonly string[];
  /** Devices that are offered and contain the name: "V100:4", sorted. */
  readonly suggestions: readonly string[];
  /** By cloud, why it was left out. */
  readonly reasons: readonly { readonly cloud: string; readonly reason: string }[];
  /** What to leave out to get something, e.g. "region"; null when no single field would help. */
  readonly relax: { readonly field: string; readonly cheapestUsdPerHour: number; readonly where: string } | null;
}
