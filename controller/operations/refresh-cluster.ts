// Brings a cluster's row up to date with what its cloud and its head say.
import { nodeState } from "#shared/lifecycle/node.ts";
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { decideRefresh, type RefreshFacts } from "#controller/core/cluster/refresh.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import { isStixError } from "#shared/errors/stix-error.ts";
import { isClusterBusy } from "./cluster-lock.ts";
import { providerOf } from "./find-cluster.ts";
import { forgetCluster } from "./remove-cluster.ts";
import { listed } from "./provision.ts";
import type { World } from "./operation.ts";

/** A well head answers in milliseconds; over a bad line in a second. */
const HEAD_TIMEOUT_MS = 5_000;

export interface RefreshOptions {
  readonly signal: AbortSignal;
  /** Also when a request holds the cluster (that request is us). */
  readonly evenBusy?: boolean;
}

/** The row after the refresh; null when the cluster is gone. Throws what the cloud says when it cannot be asked. */
export async function refreshCluster(
  world: World,
  cluster: ClusterRecord,
  { signal, evenBusy }: RefreshOptions,
): Promise<ClusterRecord | null> {
  const isBusy = evenBusy !== true && (await isClusterBusy(world, cluster.name));
  if (isBusy || cluster.placement === null) return cluster;
  const provider = await providerOf(world, cluster);
  const instances = await listed(provider, cluster, signal);
  const facts: RefreshFacts = {
    state: cluster.state,
    nodeCount: cluster.nodeCount,
    launchedAt: cluster.launchedAt,
    isBusy,
    instances,
    ...(await askHead(world, cluster, instances, signal)),
  };
  const decision = decideRefresh(facts, world.clock.now());
  // While the cloud was asked, a request may have begun to change the cluster: then what was seen is no news any more.
  const now = await world.clusters.get(cluster.cid);
  const isStale =
    now === null ||
    now.removedAt !== null ||
    now.state !== cluster.state ||
    now.statusUpdatedAt !== cluster.statusUpdatedAt;
  if (decision.do !== "nothing" && (isStale || (evenBusy !== true && (await isClusterBusy(world, cluster.name)))))
    return now?.removedAt === null ? now : null;
  if (decision.do === "remove" || decision.do === "finish-down") {
    await forgetCluster({ world, signal, request: null }, cluster, decision.reason);
    return null;
  }
  const change = { instances };
  if (decision.do === "step") {
    // From the state that was judged: whoever changed it meanwhile knows better.
    await world.clusters.step(cluster.cid, {
      event: decision.event,
      from: [cluster.state],
      reason: decision.reason,
      at: world.clock.now(),
      change,
    });
  } else if (JSON.stringify(instances) !== JSON.stringify(cluster.instances)) {
    await world.clusters.change(cluster.cid, change);
  }
  return (await world.clusters.findByName(cluster.name)) ?? null;
}

async function askHead(
  world: World,
  cluster: ClusterRecord,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<Pick<RefreshFacts, "head" | "lost">> {
  const isUnlisted = instances.length === 0 && cluster.everUp && cluster.state !== clusterState.STOPPED;
  if (!isUnlisted && !instances.some((instance) => instance.nid === "n0" && instance.state === "running"))
    return { head: "unasked", lost: [] };
  try {
    const state = await world.agents.call(cluster.cid, "state", {}, { timeoutMs: HEAD_TIMEOUT_MS, signal });
    const lost = state.nodes.filter((node) => node.state === nodeState.LOST).map((node) => node.nid);
    return { head: state.autostopping ? "autostopping" : "well", lost };
  } catch (error) {
    if (isStixError(error) && error.code === "agent-unreachable") return { head: "silent", lost: [] };
    throw error;
  }
}
