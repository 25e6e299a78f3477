// What a head tells a node to start, and what the node answers; the same in one process and over the cluster's bus.
import { z } from "zod";

/** One script of a job on one or more nodes. */
export const startOrderSchema = z.object({
  jid: z.number().int(),
  attempt: z.number().int(),
  phase: z.enum(["setup", "run"]),
  /** Null: unnamed; names the folder in sky_logs. */
  jobName: z.string().nullable(),
  script: z.string(),
  envs: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.string()),
  taskId: z.string(),
  clusterInfo: z.string(),
  user: z.string(),
  numNodes: z.number().int(),
  gpusPerNode: z.number().int(),
  /** In the order of `index`: of the ranks, or of the whole cluster for setup. */
  ips: z.array(z.string()),
  launches: z.array(z.object({ nid: z.string(), index: z.number().int(), devices: z.array(z.number().int()) })),
});
export type StartOrder = z.infer<typeof startOrderSchema>;

/** How a launch stands on its node. `missing`: it has a record and no process, and will never have one. */
export const launchReportSchema = z.discriminatedUnion("is", [
  z.object({ is: z.literal("running"), pid: z.number().int().nullable() }),
  z.object({ is: z.literal("exited"), exitCode: z.number().int() }),
  z.object({ is: z.literal("missing") }),
  z.object({ is: z.literal("refused"), why: z.string() }),
]);
export type LaunchReport = z.infer<typeof launchReportSchema>;

/** Names one launch everywhere. */
export const launchKeySchema = z.object({
  jid: z.number().int(),
  attempt: z.number().int(),
  phase: z.enum(["setup", "run"]),
  index: z.number().int(),
});
export type LaunchKey = z.infer<typeof launchKeySchema>;
