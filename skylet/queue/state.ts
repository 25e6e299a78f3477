// What the head knows while it decides: the jobs that are not final, and its nodes. Rebuilt from the database at any time.
import { nodeState, type NodeState as StateOfNode } from "#shared/lifecycle/node.ts";
import { z } from "zod";
import { jobStates, type JobState } from "#shared/lifecycle/job.ts";
import type { Stage } from "#shared/lifecycle/stage.ts";

/** One CPU or one device is this many units: whole numbers, so that shares add up exactly. */
export const UNITS = 10_000;

export type Phase = "setup" | "run";

const placementSchema = z.object({
  nid: z.string(),
  cpuUnits: z.number().int(),
  /** [device index, units of it] */
  devices: z.array(z.tuple([z.number().int(), z.number().int()])),
});
/** A job's share of one node. */
export type Placement = Readonly<z.infer<typeof placementSchema>>;

const launchSchema = z.object({
  phase: z.enum(["setup", "run"]),
  /** The node's place among the set up ones, or the rank. */
  index: z.number().int(),
  nid: z.string(),
  pid: z.number().int().nullable(),
  exitCode: z.number().int().nullable(),
  /** The node said that it started this. */
  started: z.boolean(),
});
/** One script on one node: the smallest thing that is started and ends. */
export type Launch = z.infer<typeof launchSchema>;

const outcomeSchema = z.object({
  /** PENDING: the attempt never got under way, the job goes back to its place in the queue. */
  state: z.enum(jobStates),
  reason: z.string().nullable(),
  exitCodes: z.array(z.number().int()).nullable(),
  graceMs: z.number(),
});
export type Outcome = z.infer<typeof outcomeSchema>;

/** What of a job stands in the `doc` column. */
export const attemptDocSchema = z.object({
  placements: z.array(placementSchema),
  launches: z.array(launchSchema),
  outcome: outcomeSchema.nullable(),
});

/** What the queue must know of a job's specification; shared by all jobs of an array. */
export interface Demand {
  readonly specId: number;
  readonly name: string | null;
  readonly user: string;
  readonly userHash: string;
  readonly numNodes: number;
  readonly cpuUnits: number;
  /** Units of devices a node; 0 for none. */
  readonly deviceUnits: number;
  readonly hasSetup: boolean;
  readonly hasRun: boolean;
}

export interface Job {
  readonly jid: number;
  readonly demand: Demand;
  state: JobState;
  stage: Stage;
  attempt: number;
  readonly submittedAt: number;
  startedAt: number | null;
  endedAt: number | null;
  exitCodes: number[] | null;
  reason: string | null;
  placements: Placement[];
  launches: Launch[];
  outcome: Outcome | null;
  /** Not kept: who said "ready" (starting), whose processes are proven dead (aborting). Asked again after a restart. */
  answered: Set<string>;
  /** Not kept: nodes that told the state of their launches since this skylet started or they came back. */
  confirmed: Set<string>;
  /** Not kept: when the stage began, for its deadline; and when a queued job may be tried again. */
  stageSince: number;
  notBefore: number;
}

export interface NodeState {
  readonly nid: string;
  /** Its place among the nodes: the head is 0. */
  readonly index: number;
  state: StateOfNode;
  /** It was heard since this agent started; before that it is SUSPECT, for it may well be alive. */
  joined: boolean;
  freeCpuUnits: number;
  readonly freeDeviceUnits: number[];
}

export interface HeadState {
  /** Jobs that are not final, and those that are being buried. */
  readonly jobs: Map<number, Job>;
  /** Ids of queued jobs in order; those before `queueHead` are gone, and some may have left the queue by cancellation. */
  queue: number[];
  queueHead: number;
  readonly nodes: Map<string, NodeState>;
  nextJid: number;
  /** No job is taken or started any more: the cluster is about to stop. */
  draining: boolean;
}

/** The parts of a fresh head: every node with all its resources. `nids` in their order, the head first. */
export function createHeadState(
  nids: readonly string[],
  perNode: { readonly cpus: number; readonly deviceCount: number },
): HeadState {
  const nodes = nids.map((nid, index): [string, NodeState] => [
    nid,
    {
      nid,
      index,
      state: index === 0 ? nodeState.UP : nodeState.SUSPECT,
      joined: index === 0,
      freeCpuUnits: Math.round(perNode.cpus * UNITS),
      freeDeviceUnits: Array.from({ length: perNode.deviceCount }, () => UNITS),
    },
  ]);
  return { jobs: new Map(), queue: [], queueHead: 0, nodes: new Map(nodes), nextJid: 1, draining: false };
}

/** The node ids that a job's attempt touches. */
export function involvedNodes(job: Job): Set<string> {
  return new Set([...job.placements.map((placement) => placement.nid), ...job.launches.map((launch) => launch.nid)]);
}
