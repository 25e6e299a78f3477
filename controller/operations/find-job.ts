// Finds a job on its cluster by id, or the newest.
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { JobRecord } from "#shared/wire/rpc.ts";
import type { World } from "./operation.ts";

const CALL_MS = 10_000;

/** Throws job-not-found, agent-unreachable. */
export async function findJob(
  world: World,
  cluster: ClusterRecord,
  jid: number | null,
  signal: AbortSignal,
): Promise<JobRecord> {
  const call = { timeoutMs: CALL_MS, signal };
  const { jobs } =
    jid === null
      ? await world.agents.call(cluster.cid, "job.list", { skipFinished: false, userHash: null, limit: 1 }, call)
      : await world.agents.call(cluster.cid, "job.get", { jids: [jid] }, call);
  const job = jobs[0];
  if (job !== undefined) return job;
  const what =
    jid === null
      ? `cluster '${cluster.name}' has no job yet`
      : `job ${jid} does not exist on cluster '${cluster.name}'`;
  throw new StixError({ code: "job-not-found", message: what, hint: `stix queue ${cluster.name}` });
}
