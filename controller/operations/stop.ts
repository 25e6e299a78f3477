// stop: ends a cluster's jobs, stops its machines and keeps their disks.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { stopOrDownBodySchema } from "#shared/api/bodies.ts";
import { StixError, isStixError } from "#shared/errors/stix-error.ts";
import { lockCluster } from "./cluster-lock.ts";
import { clusterAt, providerError, providerOf, requireCluster } from "./find-cluster.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { listed, requirePower } from "./provision.ts";
import { askNodes } from "./reach-head.ts";

/** Time for jobs to end after they were asked: 10 s until they are killed, and as long again to prove it. */
const DRAIN_MS = 20_000;
const DRAIN_CALL_MS = DRAIN_MS + 5_000;

export const stop: Operation = { name: "stop", canResume: true, onFullDisk: "ends", run: runStop };

async function runStop(context: OperationContext): Promise<unknown> {
  const { world, request, signal } = context;
  const body = stopOrDownBodySchema.parse(request.body);
  await requireCluster(world, body.cluster_name);
  await lockCluster(context, body.cluster_name);
  const cluster = await requireCluster(world, body.cluster_name);
  if (cluster.state === clusterState.STOPPED) return null;
  if (cluster.placement === null)
    throw new StixError({
      code: "cluster-not-up",
      message: `cluster '${cluster.name}' has no machines to stop`,
      hint: `stix down ${cluster.name}`,
    });
  if (cluster.placement.useSpot)
    throw new StixError({
      code: "not-supported",
      message: `cluster '${cluster.name}' is on spot machines, which cannot be stopped`,
      hint: `stix down ${cluster.name}`,
    });
  const provider = await providerOf(world, cluster);
  const power = requirePower(provider, cluster.name, "stop");
  await drain(context, cluster);
  const stopped = await power.stop(clusterAt(cluster), signal);
  if (!stopped.ok) throw providerError(`cannot stop cluster '${cluster.name}'`, stopped);
  const instances = await listed(provider, cluster, signal);
  await world.clusters.step(cluster.cid, {
    event: "stop",
    reason: stoppedBy(request.userName, "stopped"),
    at: world.clock.now(),
    requestId: request.id,
    change: { instances, lastUse: body.entrypoint_command, autostop: null },
  });
  return null;
}

export function stoppedBy(user: string, what: "stopped" | "terminated"): string {
  return `Cluster was ${what} by user ${user === "" ? "unknown" : user}`;
}

/** Asks the head to end its jobs. Best effort: a head that does not answer keeps nobody from stopping its machines. */
export async function drain(context: OperationContext, cluster: ClusterRecord): Promise<void> {
  // A head that lives ends its jobs also when workers are lost.
  if (cluster.state !== clusterState.UP && (!cluster.everUp || (await askNodes(context, cluster.cid)) === null)) return;
  try {
    await context.world.agents.call(
      cluster.cid,
      "drain",
      { waitMs: DRAIN_MS },
      { timeoutMs: DRAIN_CALL_MS, signal: context.signal },
    );
  } catch (error) {
    if (context.signal.aborted || !isStixError(error)) throw error;
    context.log.line(`The head of '${cluster.name}' could not end its jobs (${error.message}); going on.`);
  }
}
