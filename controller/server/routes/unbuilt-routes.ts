// Calls of SkyPilot's API that are not built yet: each says so, in the way its caller listens.
import { baseBodySchema } from "#shared/api/bodies.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Operation } from "#controller/operations/operation.ts";
import { accept } from "./operation-routes.ts";
import { failureOf } from "#controller/operations/request-failure.ts";
import { failurePayload } from "../skypilot/request-record.ts";
import { readBody } from "../gates/read-body.ts";
import type { App, Service } from "../service.ts";

/** Method, path, and the name of the request; null: answered at once. */
const unbuilt: readonly (readonly [method: "GET" | "POST" | "DELETE", path: string, name: string | null])[] = [
  ["POST", "/jobs/launch", "jobs.launch"],
  ["POST", "/jobs/wait", "jobs.wait"],
  ["POST", "/jobs/cancel", "jobs.cancel"],
  ["POST", "/jobs/logs", "jobs.logs"],
  ["POST", "/jobs/download_logs", "jobs.download_logs"],
  ["POST", "/jobs/events", "jobs.events"],
  ["POST", "/jobs/pool_apply", "jobs.pool_apply"],
  ["POST", "/jobs/pool_down", "jobs.pool_down"],
  ["POST", "/jobs/pool_logs", "jobs.pool_logs"],
  ["POST", "/jobs/pool_sync-down-logs", "jobs.pool_sync_down_logs"],
  ["POST", "/serve/up", "serve.up"],
  ["POST", "/serve/update", "serve.update"],
  ["POST", "/serve/down", "serve.down"],
  ["POST", "/serve/terminate-replica", "serve.terminate_replica"],
  ["POST", "/serve/logs", "serve.logs"],
  ["POST", "/serve/sync-down-logs", "serve.sync_down_logs"],
  ["POST", "/users/create", null],
  ["POST", "/users/update", null],
  ["POST", "/users/batch_update", null],
  ["POST", "/users/delete", null],
  ["POST", "/users/import", null],
  ["GET", "/users/export", null],
  ["POST", "/users/service-account-tokens", null],
  ["POST", "/users/service-account-tokens/delete", null],
  ["POST", "/users/service-account-tokens/get-role", null],
  ["POST", "/users/service-account-tokens/update-role", null],
  ["POST", "/users/service-account-tokens/rotate", null],
  ["POST", "/workspaces/update", "workspaces.update"],
  ["POST", "/workspaces/create", "workspaces.create"],
  ["POST", "/workspaces/delete", "workspaces.delete"],
  ["POST", "/workspaces/batch_add_users", "workspaces.batch_add_users"],
  ["POST", "/workspaces/batch_remove_users", "workspaces.batch_remove_users"],
  ["POST", "/workspaces/config", "workspaces.update_config"],
  ["POST", "/volumes/delete", "volume_delete"],
  ["POST", "/volumes/validate", null],
  ["POST", "/volumes/apply", "volume_apply"],
  ["POST", "/ssh_node_pools", null],
  ["DELETE", "/ssh_node_pools/:pool_name", null],
  ["POST", "/ssh_node_pools/keys", null],
  ["GET", "/ssh_node_pools/keys", null],
  ["POST", "/ssh_node_pools/:pool_name/deploy", "ssh_node_pools.up"],
  ["POST", "/ssh_node_pools/deploy", "ssh_node_pools.up"],
  ["POST", "/ssh_node_pools/:pool_name/down", "ssh_node_pools.down"],
  ["POST", "/ssh_node_pools/down", "ssh_node_pools.down"],
  ["GET", "/ssh_node_pools/:pool_name/status", null],
  ["GET", "/recipes", "recipes.list"],
  ["POST", "/recipes/list", "recipes.list"],
  ["POST", "/recipes/get", "recipes.get"],
  ["POST", "/recipes/create", "recipes.create"],
  ["POST", "/recipes/update", "recipes.update"],
  ["POST", "/recipes/delete", "recipes.delete"],
  ["POST", "/recipes/pin", "recipes.pin"],
  ["GET", "/token", null],
  ["GET", "/api/v1/auth/token", null],
  ["POST", "/api/v1/auth/authorize", null],
  ["GET", "/auth/authorize", null],
  ["POST", "/realtime_kubernetes_gpu_availability", "realtime_kubernetes_gpu_availability"],
  ["POST", "/kubernetes_node_info", "kubernetes_node_info"],
  ["POST", "/slurm_gpu_availability", "realtime_slurm_gpu_availability"],
  ["GET", "/slurm_node_info", "slurm_node_info"],
  ["POST", "/slurm_node_info", "slurm_node_info"],
  ["POST", "/slurm_cluster_names", "slurm_cluster_names"],
  ["GET", "/status_kubernetes", "status_kubernetes"],
  ["POST", "/kubernetes_label_gpus", "kubernetes_label_gpus"],
  ["POST", "/hook_logs", "hook_logs"],
  ["POST", "/storage/delete", "storage_delete"],
  ["POST", "/local_up", "local_up"],
  ["POST", "/local_down", "local_down"],
  ["POST", "/debug/dump_create", "create_debug_dump"],
  ["GET", "/debug/dump_download/:dump_filename", null],
  ["GET", "/kubernetes-pod-ssh-proxy", null],
  ["GET", "/slurm-job-ssh-proxy", null],
  ["GET", "/ssh-interactive-auth", null],
  ["GET", "/dashboard/*", null],
];

export function unbuiltRoutes(app: App, service: Service): void {
  for (const [method, path, name] of unbuilt) {
    app.on(method, path, async (c) => {
      if (name !== null)
        return accept(
          c,
          service,
          { name, lane: "short" },
          method === "POST" ? await readBody(c.req.raw, baseBodySchema) : baseBodySchema.parse({}),
        );
      return c.json({ detail: failurePayload(failureOf(notBuilt(path))) }, 501);
    });
  }
}

/** Operations behind the asynchronous ones: they end in NotSupportedError. */
export const unbuiltOperations: readonly Operation[] = [
  ...new Set(unbuilt.flatMap(([, , name]) => (name === null ? [] : [name]))),
].map((name) => ({
  name,
  lane: "short",
  canResume: true,
  run: async () => {
    throw notBuilt(name);
  },
}));

function notBuilt(what: string): StixError {
  return new StixError({
    code: "not-implemented",
    message: `'${what}' is not built yet`,
    hint: "stix --help lists what is",
  });
}
