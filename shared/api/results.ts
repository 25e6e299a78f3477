// What calls give, as JSON. Fields that clients do not decide by are left open: newer servers may send more.
import { z } from "zod";
import { jobStates } from "../lifecycle/job.ts";

const text = z.string();
const textOrNull = z.string().nullable();
const count = z.number().int();
const seconds = z.number();
const secondsOrNull = z.number().nullable();

/** Where a cluster is; null: nowhere yet. JSON in place of the pickle that older servers sent. */
export const handleSchema = z
  .looseObject({
    cluster_name: text,
    cluster_name_on_cloud: text,
    launched_nodes: count,
    launched_resources: z.record(z.string(), z.unknown()),
    stable_internal_external_ips: z.array(z.array(textOrNull)),
  })
  .nullable();

export const submittedSchema = z.object({ job_id: count.nullable(), handle: handleSchema });

export const clusterRowSchema = z.looseObject({
  name: text,
  status: text,
  launched_at: seconds,
  handle: handleSchema.optional(),
  last_use: textOrNull,
  autostop: count,
  to_down: z.boolean(),
  cluster_hash: text,
  user_hash: text,
  user_name: text,
  workspace: text,
  nodes: count,
  cloud: textOrNull,
  region: textOrNull,
  last_event: textOrNull,
  init_kind: textOrNull,
  resources_str: textOrNull,
  resources_str_full: textOrNull,
});

export const jobRowSchema = z.looseObject({
  job_id: count,
  job_name: text,
  username: text,
  user_hash: text,
  submitted_at: seconds,
  start_at: secondsOrNull,
  end_at: secondsOrNull,
  resources: text,
  status: z.enum(jobStates),
  log_path: textOrNull,
});

export const jobStatesSchema = z.record(z.string(), z.enum(jobStates).nullable());
export const namesOfFoldersSchema = z.record(z.string(), z.string());
export const addressesSchema = z.record(z.string(), z.string());
export const checkedCloudsSchema = z.record(z.string(), z.record(z.string(), z.array(z.string())));

export const costRowSchema = z.looseObject({
  name: text,
  launched_at: seconds,
  duration: z.number(),
  num_nodes: count,
  resources: z.record(z.string(), z.unknown()),
  usage_intervals: z.array(z.tuple([seconds, secondsOrNull])),
  status: textOrNull,
  total_cost: z.number(),
});

/** Sentences alone, or with their instants and moves. */
export const clusterEventsSchema = z.array(
  z.union([text, z.looseObject({ reason: text, transitioned_at: seconds, ending_status: textOrNull })]),
);

/** Cloud, instance type (null: attachable), device, count, vCPUs, GB of a device, host GiB, USD/h, spot USD/h, region. */
export const acceleratorRowSchema = z.tuple([
  text,
  textOrNull,
  text,
  z.number(),
  z.number().nullable(),
  z.number().nullable(),
  z.number().nullable(),
  z.number().nullable(),
  z.number().nullable(),
  text,
]);

/** The same as JSON and as the table that is printed. */
export const pricesSchema = z.object({ json: z.record(z.string(), z.unknown()), text: text });
export const planSchema = z.record(z.string(), z.unknown());

export const overviewSchema = z.object({
  enabled_infra: z.array(text),
  workspace: text,
  clusters: z.array(clusterRowSchema),
  jobs: z.array(z.unknown()),
  services: z.array(z.unknown()),
  pools: z.array(z.unknown()),
  leaks: z.array(z.unknown()),
});

export const topSchema = z.object({
  /** Milliseconds since the epoch. */
  at: z.number(),
  clusters: z.array(
    z.looseObject({
      name: text,
      status: text,
      nodes: z.array(z.unknown()),
      jobs: z.array(z.unknown()),
      error: textOrNull,
    }),
  ),
});

export const leaksSchema = z.object({
  leaks: z.array(z.looseObject({ cid: text, cloud: text, name: textOrNull, nodeCount: count, runningCount: count })),
  unasked: z.array(text),
});

export const managedQueueSchema = z.object({
  jobs: z.array(z.unknown()),
  total: count,
  total_no_filter: count,
  status_counts: z.record(z.string(), count),
  infra_options: z.array(z.unknown()),
});

export const healthSchema = z.looseObject({
  status: text,
  api_version: text,
  version: text,
  commit: text,
  user: z.unknown(),
  /** Ours: absent from SkyPilot's server. */
  stix_version: text,
  pid: count,
  state_folder: text,
});

export const monitorAccessSchema = z.object({
  name: text,
  url: text,
  credentials: text,
  ca: textOrNull,
  consumer: text,
  /** Milliseconds since the epoch. */
  expire_at: z.number(),
});
export const monitorRowSchema = z.object({
  id: text,
  name: text,
  created_at: z.number(),
  expire_at: z.number(),
  state: z.enum(["LIVE", "EXPIRED", "REVOKED"]),
});
export const uploadedSchema = z.object({
  status: z.enum(["completed", "uploading"]),
  missing_chunks: z.array(text).nullable(),
});
export const userRowSchema = z.looseObject({ id: text, name: text, role: text });
