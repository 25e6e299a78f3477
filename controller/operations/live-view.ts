// What `top` shows: living clusters with their open jobs and how busy their nodes are, asked now, each cluster by itself.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { nodeName } from "#shared/node-name.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { jobRow } from "./on-cluster.ts";
import type { World } from "./operation.ts";

/** Nobody who watches waits longer for one cluster. */
const ANSWER_MS = 2_500;
const JOBS_MAX = 100;

export interface LiveView {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly clusters: readonly Record<string, unknown>[];
}

export async function liveView(
  world: World,
  chosen: (cluster: ClusterRecord) => boolean,
  signal: AbortSignal,
): Promise<LiveView> {
  const clusters = (await world.clusters.list()).filter(chosen);
  return {
    at: world.clock.now(),
    clusters: await Promise.all(clusters.map((cluster) => clusterView(world, cluster, signal))),
  };
}

async function clusterView(
  world: World,
  cluster: ClusterRecord,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const { cid, name, state, placement, nodeCount, userName } = cluster;
  const facts = {
    name,
    status: state,
    user_name: userName,
    cloud: placement?.cloud ?? null,
    region: placement?.region ?? null,
    node_count: nodeCount,
  };
  if (state !== clusterState.UP && state !== clusterState.AUTOSTOPPING)
    return { ...facts, nodes: [], jobs: [], error: null };
  const call = { timeoutMs: ANSWER_MS, signal };
  const [jobs, nodes] = await Promise.allSettled([
    world.agents.call(cid, "job.list", { skipFinished: true, userHash: null, limit: JOBS_MAX }, call),
    world.agents.call(cid, "usage", {}, call),
  ]);
  return {
    ...facts,
    jobs: jobs.status === "fulfilled" ? jobs.value.jobs.map(jobRow) : [],
    nodes:
      nodes.status === "fulfilled"
        ? nodes.value.nodes.map(({ nid, usage }) => ({
            node: nodeName(nid),
            ...(usage === null
              ? { cpus: null, cpu: null, mem_total: null, mem_used: null, gpus: [] }
              : {
                  cpus: usage.cpus,
                  cpu: usage.cpu,
                  mem_total: usage.memTotal,
                  mem_used: usage.memUsed,
                  gpus: usage.gpus.map(({ name: device, share, memUsed, memTotal }) => ({
                    name: device,
                    share,
                    mem_used: memUsed,
                    mem_total: memTotal,
                  })),
                }),
          }))
        : [],
    error: jobs.status === "rejected" ? errorText(jobs.reason) : null,
  };
}
