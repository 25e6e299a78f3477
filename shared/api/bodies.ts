// Bodies of calls to the API server, as SkyPilot 0.14's clients send them. Unknown fields are ignored, so that newer clients work.
import { z } from "zod";

/** In every body. `env_vars` holds the SKYPILOT_* variables of the client; the rest tells what the user typed. */
export const baseBodySchema = z.object({
  env_vars: z.record(z.string(), z.string()).default({}),
  entrypoint: z.string().default(""),
  entrypoint_command: z.string().default(""),
  using_remote_api_server: z.boolean().default(false),
  override_skypilot_config: z.record(z.string(), z.unknown()).nullable().default({}),
  override_skypilot_config_path: z.string().nullable().default(null),
  file_mounts_blob_id: z.string().nullable().default(null),
  /** Ours: letters of a line on the terminal that will show the answer; null where it is none. */
  stix_columns: z.number().int().min(20).nullable().default(null),
});
export type BaseBody = z.infer<typeof baseBodySchema>;

const waitForSchema = z.enum(["jobs_and_ssh", "jobs", "none"]).nullable().default(null);
const namesSchema = z.array(z.string()).nullable().default(null);
/** 0 is cost, 1 is time; the enum's name is understood as well, and what is read is kept and read again. */
const targetSchema = z
  .union([z.literal(0), z.literal(1), z.enum(["0", "1", "COST", "TIME", "cost", "time"])])
  .default(0)
  .transform((value) => ([1, "1", "TIME", "time"].includes(value) ? ("time" as const) : ("cost" as const)));

const clusterBody = baseBodySchema.extend({ cluster_name: z.string() });

export const validateBodySchema = baseBodySchema
  .extend({ dag: z.string(), request_options: z.unknown() })
  .refine((body) => body.request_options !== undefined, { path: ["request_options"], message: "Field required" });
export const optimizeBodySchema = baseBodySchema
  .extend({ dag: z.string(), request_options: z.unknown(), minimize: targetSchema })
  .refine((body) => body.request_options !== undefined, { path: ["request_options"], message: "Field required" });

export const launchBodySchema = clusterBody.extend({
  task: z.string(),
  retry_until_up: z.boolean().default(false),
  idle_minutes_to_autostop: z.number().int().nullable().default(null),
  dryrun: z.boolean().default(false),
  down: z.boolean().default(false),
  backend: z.string().nullable().default(null),
  optimize_target: targetSchema,
  no_setup: z.boolean().default(false),
  clone_disk_from: z.string().nullable().default(null),
  fast: z.boolean().default(false),
  quiet_optimizer: z.boolean().default(false),
  resize: z.boolean().default(false),
  include_credentials: z.boolean().default(false),
  /** Ours: planned as if these clouds were enabled; for dry runs. */
  stix_assume_enabled: z.array(z.string()).default([]),
  /** Ours: dollars an hour that all nodes together may cost. */
  stix_max_cost: z.coerce.number().positive().nullable().default(null),
});
export type LaunchBody = z.infer<typeof launchBodySchema>;

export const execBodySchema = clusterBody.extend({
  task: z.string(),
  dryrun: z.boolean().default(false),
  down: z.boolean().default(false),
  backend: z.string().nullable().default(null),
  /** Ours alone: so many equal jobs, with ids that follow each other, in one submission. */
  stix_copies: z.number().int().min(1).max(100_000).default(1),
});
export type ExecBody = z.infer<typeof execBodySchema>;

export const stopOrDownBodySchema = clusterBody.extend({
  purge: z.boolean().default(false),
  graceful: z.boolean().default(false),
  graceful_timeout: z.number().int().nullable().default(null),
});

export const startBodySchema = clusterBody.extend({
  idle_minutes_to_autostop: z.number().int().nullable().default(null),
  wait_for: waitForSchema,
  retry_until_up: z.boolean().default(false),
  down: z.boolean().default(false),
  force: z.boolean().default(false),
});

export const autostopBodySchema = clusterBody.extend({
  idle_minutes: z.number().int(),
  wait_for: waitForSchema,
  down: z.boolean().default(false),
  hook: z.string().nullable().default(null),
  hook_timeout: z.number().int().nullable().default(null),
});

export const statusBodySchema = baseBodySchema.extend({
  cluster_names: namesSchema,
  refresh: z.enum(["NONE", "AUTO", "FORCE"]).default("NONE"),
  all_users: z.boolean().default(true),
  include_credentials: z.boolean().default(true),
  summary_response: z.boolean().default(false),
  include_handle: z.boolean().default(true),
});

export const queueBodySchema = clusterBody.extend({
  skip_finished: z.boolean().default(false),
  all_users: z.boolean().default(false),
});
export const jobStatusBodySchema = clusterBody.extend({ job_ids: z.array(z.number().int()).nullable() });
export const cancelBodySchema = clusterBody.extend({
  job_ids: z.array(z.number().int()).nullable(),
  all: z.boolean().default(false),
  all_users: z.boolean().default(false),
  try_cancel_if_cluster_is_init: z.boolean().default(false),
});
export const logsBodySchema = clusterBody.extend({
  job_id: z.number().int().nullable(),
  follow: z.boolean().default(true),
  tail: z.number().int().default(0),
});
/** Not built: read for its answer alone. */
export const hookLogsBodySchema = clusterBody.extend({
  event: z.string().nullable().default(null),
  follow: z.boolean().default(true),
  tail: z.number().int().default(0),
});
export const recipeBodySchema = baseBodySchema.extend({ recipe_name: z.string() });
export const downloadLogsBodySchema = clusterBody.extend({
  job_ids: z.array(z.union([z.string(), z.number()]).transform(String)).nullable(),
  local_dir: z.string().default("~/sky_logs"),
});
export const downloadBodySchema = baseBodySchema.extend({ folder_paths: z.array(z.string()) });
export const provisionLogsBodySchema = clusterBody.extend({ worker: z.number().int().nullable().default(null) });
export const endpointsBodySchema = baseBodySchema.extend({
  cluster: z.string(),
  port: z.union([z.number(), z.string()]).nullable().default(null),
});
export const costReportBodySchema = baseBodySchema.extend({
  days: z.number().int().nullable().default(30),
  cluster_hashes: namesSchema,
  cluster_names: namesSchema,
});
export const clusterEventsBodySchema = baseBodySchema.extend({
  cluster_name: z.string().nullable().default(null),
  cluster_hash: z.string().nullable().default(null),
  event_type: z.string(),
  include_timestamps: z.boolean().default(false),
  limit: z.number().int().positive().nullable().default(null),
});
export const checkBodySchema = baseBodySchema.extend({
  clouds: namesSchema,
  verbose: z.boolean().default(false),
  workspace: z.string().nullable().default(null),
});
export const cancelRequestsBodySchema = baseBodySchema.extend({
  request_ids: namesSchema,
  user_id: z.string().nullable().default(null),
});

const cloudsSchema = z
  .union([z.string(), z.array(z.string())])
  .nullable()
  .default(null);
const acceleratorFilter = baseBodySchema.extend({
  gpus_only: z.boolean().default(true),
  name_filter: z.string().nullable().default(null),
  region_filter: z.string().nullable().default(null),
  quantity_filter: z.number().int().nullable().default(null),
  clouds: cloudsSchema,
});
export const listAcceleratorsBodySchema = acceleratorFilter.extend({
  all_regions: z.boolean().default(false),
  require_price: z.boolean().default(true),
  case_sensitive: z.boolean().default(true),
});
export const listAcceleratorCountsBodySchema = acceleratorFilter;

/** Machines without a row, by cluster id; null: all of them. */
export const adoptBodySchema = baseBodySchema.extend({
  cids: z.array(z.string()).nullable().default(null),
  name: z.string().nullable().default(null),
});
export const removeLeaksBodySchema = baseBodySchema.extend({ cids: z.array(z.string()).nullable().default(null) });

export const managedQueueBodySchema = baseBodySchema.extend({
  refresh: z.boolean().default(false),
  skip_finished: z.boolean().default(false),
  all_users: z.boolean().default(false),
  limit: z.number().int().nullable().default(null),
});
export const poolNamesBodySchema = baseBodySchema.extend({ pool_names: z.unknown().optional() });
export const serviceNamesBodySchema = baseBodySchema.extend({ service_names: z.unknown().optional() });

const overviewBody = baseBodySchema.extend({ cluster_names: namesSchema, all_users: z.boolean().default(true) });
export const topBodySchema = overviewBody;
/** Ours. The sections may be left out; those that no version knows yet are ignored. */
export const overviewBodySchema = overviewBody.extend({
  jobs: z.boolean().default(false),
  services: z.boolean().default(false),
  pools: z.boolean().default(false),
});

const OFFERS_MAX = 10_000;
export const offersBodySchema = launchBodySchema.extend({
  order: z.enum(["price", "cpus", "memory", "cloud", "region", "as-of"]).default("price"),
  limit: z.number().int().min(1).max(OFFERS_MAX).default(50),
  /** Spot prices by the hour of useful work. */
  expected: z.boolean().default(false),
});
export const explainBodySchema = launchBodySchema.extend({
  subject: z
    .object({ cloud: z.string().optional(), region: z.string().optional(), instance_type: z.string().optional() })
    .default({}),
});
export const catalogUpdateBodySchema = baseBodySchema.extend({
  /** Empty: all that have a source. */
  clouds: z.array(z.string()).default([]),
  prefer: z.enum(["own", "lists"]).default("own"),
});

export const credentialsBodySchema = baseBodySchema.extend({
  /** null: one is made up. */
  name: z.string().nullable().default(null),
  lifetime_ms: z.number().nullable().default(null),
});
export const revokeBodySchema = baseBodySchema.extend({ names: z.array(z.string()).min(1) });
