// Ends a cluster: its machines, its credentials, its row. Every step may be repeated.
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { providerError, providerOf } from "./find-cluster.ts";
import type { OperationContext, World } from "./operation.ts";

/** Removes machines first and the row last, so that what is left half done is still known. Throws what the cloud says. */
export async function forgetCluster(
  context: Pick<OperationContext, "world" | "signal"> & { readonly request: { readonly id: string } | null },
  cluster: ClusterRecord,
  reason: string,
): Promise<void> {
  const { world, signal } = context;
  if (cluster.placement !== null) {
    const provider = await providerOf(world, cluster);
    const removed = await provider.remove(cluster.cid, signal);
    if (!removed.ok) throw providerError(`cannot remove the machines of cluster '${cluster.name}'`, removed);
  }
  await endRow(world, cluster, reason, context.request?.id ?? null);
}

/** The row alone, for `down --purge`: machines that could not be removed may stay, and the log says so. */
export async function purgeCluster(context: OperationContext, cluster: ClusterRecord): Promise<void> {
  try {
    await forgetCluster(context, cluster, "purged");
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.log.line(
      `Could not remove the machines of '${cluster.name}': ${errorText(error)}. It is forgotten all the same; look in the cloud's console for machines marked ${cluster.cid}.`,
    );
    await endRow(context.world, cluster, "purged; its machines may still exist", context.request.id);
  }
}

async function endRow(world: World, cluster: ClusterRecord, reason: string, requestId: string | null): Promise<void> {
  await world.agents.revoke(cluster.cid);
  await world.clusters.markRemoved(cluster.cid, world.clock.now(), reason, requestId);
  await world.agents.publishClusterStatus(cluster.cid, { clusterName: cluster.name, state: "TERMINATED", reason });
}
