// Calls of SkyPilot's API that are not built yet. Each says so, in the way its caller listens.
import type { Method } from "./calls.ts";

export interface UnbuiltCall {
  readonly method: Method;
  readonly path: string;
  /** The request that it would make; null: it would be answered at once. */
  readonly operation: string | null;
}

const row = (method: Method, path: string, operation: string | null): UnbuiltCall => ({ method, path, operation });

export const unbuiltCalls: readonly UnbuiltCall[] = [
  row("POST", "/jobs/launch", "jobs.launch"),
  row("POST", "/jobs/wait", "jobs.wait"),
  row("POST", "/jobs/cancel", "jobs.cancel"),
  row("POST", "/jobs/logs", "jobs.logs"),
  row("POST", "/jobs/download_logs", "jobs.download_logs"),
  row("POST", "/jobs/events", "jobs.events"),
  row("POST", "/jobs/pool_apply", "jobs.pool_apply"),
  row("POST", "/jobs/pool_down", "jobs.pool_down"),
  row("POST", "/jobs/pool_logs", "jobs.pool_logs"),
  row("POST", "/jobs/pool_sync-down-logs", "jobs.pool_sync_down_logs"),
  row("POST", "/serve/up", "serve.up"),
  row("POST", "/serve/update", "serve.update"),
  row("POST", "/serve/down", "serve.down"),
  row("POST", "/serve/terminate-replica", "serve.terminate_replica"),
  row("POST", "/serve/logs", "serve.logs"),
  row("POST", "/serve/sync-down-logs", "serve.sync_down_logs"),
  row("POST", "/users/create", null),
  row("POST", "/users/update", null),
  row("POST", "/users/batch_update", null),
  row("POST", "/users/delete", null),
  row("POST", "/users/import", null),
  row("GET", "/users/export", null),
  row("POST", "/users/service-account-tokens", null),
  row("POST", "/users/service-account-tokens/delete", null),
  row("POST", "/users/service-account-tokens/get-role", null),
  row("POST", "/users/service-account-tokens/update-role", null),
  row("POST", "/users/service-account-tokens/rotate", null),
  row("POST", "/workspaces/update", "workspaces.update"),
  row("POST", "/workspaces/create", "workspaces.create"),
  row("POST", "/workspaces/delete", "workspaces.delete"),
  row("POST", "/workspaces/batch_add_users", "workspaces.batch_add_users"),
  row("POST", "/workspaces/batch_remove_users", "workspaces.batch_remove_users"),
  row("POST", "/workspaces/config", "workspaces.update_config"),
  row("POST", "/volumes/delete", "volume_delete"),
  row("POST", "/volumes/validate", null),
  row("POST", "/volumes/apply", "volume_apply"),
  row("POST", "/ssh_node_pools", null),
  row("DELETE", "/ssh_node_pools/:pool_name", null),
  row("POST", "/ssh_node_pools/keys", null),
  row("GET", "/ssh_node_pools/keys", null),
  row("POST", "/ssh_node_pools/:pool_name/deploy", "ssh_node_pools.up"),
  row("POST", "/ssh_node_pools/deploy", "ssh_node_pools.up"),
  row("POST", "/ssh_node_pools/:pool_name/down", "ssh_node_pools.down"),
  row("POST", "/ssh_node_pools/down", "ssh_node_pools.down"),
  row("GET", "/ssh_node_pools/:pool_name/status", null),
  row("GET", "/recipes", "recipes.list"),
  row("POST", "/recipes/list", "recipes.list"),
  row("POST", "/recipes/create", "recipes.create"),
  row("POST", "/recipes/update", "recipes.update"),
  row("POST", "/recipes/delete", "recipes.delete"),
  row("POST", "/recipes/pin", "recipes.pin"),
  row("GET", "/token", null),
  row("GET", "/api/v1/auth/token", null),
  row("POST", "/api/v1/auth/authorize", null),
  row("GET", "/auth/authorize", null),
  row("POST", "/realtime_kubernetes_gpu_availability", "realtime_kubernetes_gpu_availability"),
  row("POST", "/kubernetes_node_info", "kubernetes_node_info"),
  row("POST", "/slurm_gpu_availability", "realtime_slurm_gpu_availability"),
  row("GET", "/slurm_node_info", "slurm_node_info"),
  row("POST", "/slurm_node_info", "slurm_node_info"),
  row("POST", "/slurm_cluster_names", "slurm_cluster_names"),
  row("GET", "/status_kubernetes", "status_kubernetes"),
  row("POST", "/kubernetes_label_gpus", "kubernetes_label_gpus"),
  row("POST", "/storage/delete", "storage_delete"),
  row("POST", "/local_up", "local_up"),
  row("POST", "/local_down", "local_down"),
  row("POST", "/debug/dump_create", "create_debug_dump"),
  row("GET", "/debug/dump_download/:dump_filename", null),
  row("GET", "/kubernetes-pod-ssh-proxy", null),
  row("GET", "/slurm-job-ssh-proxy", null),
  row("GET", "/ssh-interactive-auth", null),
  row("GET", "/dashboard/*", null),
];

/** Names of requests that are not built: of the calls above, and of those that our own client knows already. */
export const unbuiltRequests: readonly string[] = [
  ...new Set([...unbuiltCalls.flatMap(({ operation }) => operation ?? []), "hook_logs", "recipes.get"]),
];
