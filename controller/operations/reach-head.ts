// Lets operations use whatever part of a cluster answers: a head that lives takes questions and jobs also when workers are lost.
import { nodeState } from "#shared/lifecycle/node.ts";
import { clusterState } from "#shared/lifecycle/cluster.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { RpcResult } from "#shared/wire/rpc.ts";
import { isStixError, StixError } from "#shared/errors/stix-error.ts";
import { notUp, requireCluster } from "./find-cluster.ts";
import type { OperationContext } from "./operation.ts";

/** A head that lives answers in milliseconds, over a bad line in a second. */
const ANSWER_MS = 2_500;

export interface ReachedCluster {
  readonly cluster: ClusterRecord;
  /** Nodes that the head has lost; empty on a cluster that is UP, which is not asked. */
  readonly lost: readonly string[];
}

type Reach = Pick<OperationContext, "world" | "signal">;

/** The cluster, when its head can be asked. Throws cluster-not-found, cluster-not-up with the cure. */
export async function reachCluster(context: Reach, name: string): Promise<ReachedCluster> {
  const cluster = await requireCluster(context.world, name);
  if (cluster.state === clusterState.UP) return { cluster, lost: [] };
  const mayLive = cluster.placement !== null && cluster.everUp && cluster.state !== clusterState.STOPPED;
  const nodes = mayLive ? await askNodes(context, cluster.cid) : null;
  if (nodes === null) throw await notUp(context.world, cluster, mayLive ? "its head does not answer" : undefined);
  return { cluster, lost: nodes.filter((node) => node.state === nodeState.LOST).map((node) => node.nid) };
}

/** null: no answer in time. */
export async function askNodes({ world, signal }: Reach, cid: string): Promise<RpcResult<"state">["nodes"] | null> {
  try {
    return (await world.agents.call(cid, "state", {}, { timeoutMs: ANSWER_MS, signal })).nodes;
  } catch (error) {
    if (isStixError(error) && error.code === "agent-unreachable") return null;
    throw error;
  }
}

/** Throws cluster-not-up when a task needs more nodes than answer: it would only wait. */
export function requireNodes({ cluster, lost }: ReachedCluster, wanted: number): void {
  if (wanted <= cluster.nodeCount - lost.length) return;
  throw new StixError({
    code: "cluster-not-up",
    message: `the task needs ${wanted} nodes, and ${lost.length} of ${cluster.nodeCount} of cluster '${cluster.name}' do not answer`,
    hint: `stix start ${cluster.name}`,
    details: { state: cluster.state, lost: [...lost] },
  });
}

/** The cluster with the nodes alone that can take files. */
export function withoutLost({ cluster, lost }: ReachedCluster): ClusterRecord {
  return lost.length === 0
    ? cluster
    : { ...cluster, instances: cluster.instances.filter((each) => !lost.includes(each.nid)) };
}
