// Makes the order by which nodes start a phase of a job: script, variables, and who is which rank.
import type { JobSpec } from "#shared/wire/rpc.ts";
import type { StartOrder } from "#shared/wire/launches.ts";
import type { Job, Launch } from "./state.ts";

/** What the orders of a cluster have in common. */
export interface OrderFacts {
  readonly clusterInfo: string;
  /** In the order of the nodes, the head first. */
  readonly nodes: readonly { readonly nid: string; readonly ip: string }[];
}

export function startOrder(job: Job, launches: readonly Launch[], spec: JobSpec, facts: OrderFacts): StartOrder {
  const phase = launches[0]?.phase ?? "run";
  const ipOf = new Map(facts.nodes.map(({ nid, ip }) => [nid, ip]));
  const ranks = job.placements.map(({ nid }) => ipOf.get(nid) ?? "");
  const devicesOf = new Map(
    job.placements.map(({ nid, devices }) => [nid, devices.map(([index]) => index).sort((a, b) => a - b)]),
  );
  return {
    jid: job.jid,
    attempt: job.attempt,
    phase,
    jobName: spec.name,
    script: (phase === "setup" ? spec.setup : spec.run) ?? "",
    envs: spec.envs,
    secrets: spec.secrets,
    taskId: `${spec.taskIdPrefix}_${job.jid}`,
    clusterInfo: facts.clusterInfo,
    user: spec.user,
    numNodes: spec.numNodes,
    gpusPerNode: Math.ceil(spec.accelerator?.count ?? 0),
    ips: phase === "setup" ? facts.nodes.map(({ ip }) => ip) : ranks,
    launches: launches.map(({ nid, index }) => ({ nid, index, devices: devicesOf.get(nid) ?? [] })),
  };
}
