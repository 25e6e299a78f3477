// status: the clusters, as they are in the store or after asking their clouds.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { statusBodySchema } from "#shared/api/bodies.ts";
import { errorText, isStixError } from "#shared/errors/stix-error.ts";
import { statusRow } from "./cluster-handle.ts";
import { matchesName } from "./find-cluster.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { refreshCluster } from "./refresh-cluster.ts";

/** Under AUTO a state this fresh is believed. */
const FRESH_MS = 2_000;

export const status: Operation = { name: "status", canResume: true, onFullDisk: "asks", run: runStatus };

async function runStatus(context: OperationContext): Promise<unknown> {
  const { world, request } = context;
  const body = statusBodySchema.parse(request.body);
  const all = await world.clusters.list();
  const named = all.filter(
    (cluster) =>
      body.cluster_names === null || body.cluster_names.some((pattern) => matchesName(pattern, cluster.name)),
  );
  const mine = named.filter((cluster) => body.all_users || cluster.userHash === request.userHash);
  const fresh = await Promise.all(mine.map((cluster) => refreshed(context, cluster, body.refresh)));
  const missing = (body.cluster_names ?? []).filter(
    (pattern) => !all.some((cluster) => matchesName(pattern, cluster.name)),
  );
  if (missing.length > 0) context.log.line(`Cluster(s) not found: ${missing.join(", ")}.`);
  return await Promise.all(
    fresh
      .filter((cluster) => cluster !== null)
      .map(async (cluster) => {
        const events = await world.clusters.events(cluster.cid, null, 1);
        return statusRow(world, cluster, {
          lastEvent: events[0]?.reason ?? null,
          includeHandle: body.include_handle,
          summary: body.summary_response,
        });
      }),
  );
}

async function refreshed(
  context: OperationContext,
  cluster: ClusterRecord,
  mode: "NONE" | "AUTO" | "FORCE",
): Promise<ClusterRecord | null> {
  const { world, signal } = context;
  const isStale = world.clock.now() - cluster.statusUpdatedAt > FRESH_MS;
  const mayChange =
    cluster.autostop !== null || cluster.placement?.useSpot === true || cluster.state === clusterState.AUTOSTOPPING;
  if (mode === "NONE" || (mode === "AUTO" && !(isStale && mayChange))) return cluster;
  try {
    return await refreshCluster(world, cluster, { signal });
  } catch (error) {
    // One cloud that does not answer must not hide the other clusters.
    if (signal.aborted || !isStixError(error)) throw error;
    context.log.line(`Could not refresh cluster '${cluster.name}': ${errorText(error)}.`);
    return cluster;
  }
}
