// The files that make a node of the built-in cloud: what each holds.
import { z } from "zod";

/** instance.json: the node exists. */
export const instanceFileSchema = z.object({
  v: z.literal(1),
  cid: z.string(),
  /** Absent in nodes that were made before marks told attempts. */
  attempt: z.string().nullable().default(null),
  nid: z.string().regex(/^n\d+$/),
  instanceId: z.string(),
  ip: z.string(),
  /** Numbers of the graphics processors that are this node's own. */
  devices: z.array(z.number().int()),
});
export type InstanceFile = z.infer<typeof instanceFileSchema>;

/** supervisor.json: the agent's supervisor was started; alive when this very process still is. */
export const supervisorFileSchema = z.object({
  pid: z.number().int().positive(),
  startedAt: z.string(),
  bootId: z.string(),
  /** The control group of the node's processes; null where we may not make one. */
  cgroup: z.string().nullable(),
});
export type SupervisorFile = z.infer<typeof supervisorFileSchema>;

export const nodeFiles = {
  instance: "instance.json",
  supervisor: "supervisor.json",
  /** A supervisor is being started: if this stays, somebody crashed between the deed and its record. */
  starting: "starting",
  /** The node was stopped by the controller. */
  stopped: "stopped",
  /** What syncs have put on the node; in the folder of all nodes: what they have put elsewhere on this machine. */
  placed: ".placed.jsonl",
} as const;

export const NODE_ID = /^n\d+$/;
