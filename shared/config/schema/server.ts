// The config's sections about the server itself: access, daemons, logs, dashboard, metrics, controllers.
import {
  anything,
  closed,
  either,
  exactWord,
  flag,
  integer,
  listOf,
  listOfUnique,
  mapOf,
  nothing,
  number,
  open,
  text,
  textLike,
  textNotEmpty,
  word,
} from "../../schema/shapes.ts";
import { autostopSchema, makeControllerResourcesSchema } from "../../task/schema/resources.ts";
import { openForClients, type Strictness } from "./parts.ts";
import { READ_ACCESS } from "./workspaces.ts";

export const DAEMONS = [
  "skypilot-status-refresh-daemon",
  "skypilot-volume-status-refresh-daemon",
  "sky-serve-status-refresh-daemon",
  "pool-status-refresh-daemon",
  "server-heartbeat-daemon",
  "expired-token-cleanup-daemon",
  "launch-metrics-daemon",
] as const;

export function jobsSchema(strictness: Strictness) {
  const statusCheck = closed({
    min_elapsed_seconds: number().min(0).optional(),
    min_retries: integer().min(0).optional(),
  });
  return openForClients({ ...controlledShape(strictness), status_check: statusCheck.optional() }, strictness);
}

export function serveSchema(strictness: Strictness) {
  return openForClients(controlledShape(strictness), strictness);
}

function controlledShape(strictness: Strictness) {
  return {
    controller: closed({
      resources: makeControllerResourcesSchema(strictness).optional(),
      high_availability: flag().optional(),
      autostop: autostopSchema().optional(),
      consolidation_mode: flag().optional(),
      controller_logs_gc_retention_hours: integer().optional(),
      task_logs_gc_retention_hours: integer().optional(),
    }).optional(),
    bucket: textLike(/^(https|s3|gs|r2|cos):\/\/.+/).optional(),
    force_disable_cloud_bucket: flag().optional(),
  };
}

export function adminPolicySchema() {
  return either(textLike(/^[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)+$/), textLike(/^https?:\/\/.*$/));
}

export function apiServerSchema() {
  return closed({
    endpoint: textLike(/^https?:\/\/.*$/).optional(),
    service_account_token: either(textLike(/^sky_.+$/), nothing()).optional(),
    requests_retention_hours: integer().optional(),
    logs_retention_hours: integer().optional(),
    cluster_event_retention_hours: number().optional(),
    cluster_debug_event_retention_hours: number().optional(),
    cluster_terminal_event_retention_hours: number().optional(),
    launch_attempt_retention_hours: number().optional(),
    daemon_log_max_bytes: integer().min(0).optional(),
  });
}

export function workspaceConfigSchema() {
  return closed({ read_access: exactWord(READ_ACCESS).optional() });
}

export function provisionSchema() {
  return closed({ ssh_timeout: integer().min(1).optional(), install_conda: flag().optional() });
}

export function rbacSchema() {
  return closed({
    default_role: word(["admin", "user", "viewer"]).optional(),
    restrict_config_to_admins: flag().optional(),
    roles: mapOf(open({ permissions: mapOf(anything()).optional() })).optional(),
  });
}

export function logsSchema() {
  return closed({
    store: word(["gcp", "aws"]),
    gcp: open({
      project_id: text().optional(),
      credentials_file: text().optional(),
      additional_labels: mapOf(text()).optional(),
    }).optional(),
    aws: open({
      region: text().optional(),
      credentials_file: text().optional(),
      log_group_name: text().optional(),
      log_stream_prefix: text().optional(),
      auto_create_group: flag().optional(),
      additional_tags: mapOf(text()).optional(),
    }).optional(),
  });
}

export function daemonsSchema() {
  const daemon = () =>
    open({
      log_level: word(["DEBUG", "INFO", "WARNING"]).optional(),
      interval_seconds: integer().min(1).optional(),
    }).optional();
  return closed(Object.fromEntries(DAEMONS.map((name) => [name, daemon()])));
}

export function dataSchema() {
  return closed({ mount_cached: closed({ sequential_upload: flag().optional() }).optional() });
}

export function dashboardSchema() {
  return closed({ external_links: listOf(externalLink()).optional() });
}

/** A link is found by `regex` or made from `url`: one of the two. */
function externalLink() {
  const link = closed({
    label: textNotEmpty(),
    regex: textNotEmpty().optional(),
    url: textNotEmpty().optional(),
    scope: listOfUnique(exactWord(["cluster", "jobs"]))
      .min(1)
      .optional(),
  });
  return link
    .refine((value) => (value.regex === undefined) !== (value.url === undefined), {
      params: { rule: "oneKey", keys: ["regex", "url"] },
      error: "oneKey",
    })
    .meta({ oneOf: [{ required: ["regex"] }, { required: ["url"] }] });
}

export function metricsSchema() {
  return closed({
    prometheus: closed({
      namespace: text().optional(),
      service: text().optional(),
      port: integer().min(1).max(65_535).optional(),
    }).optional(),
  });
}
