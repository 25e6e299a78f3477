// Questions and orders about jobs of one cluster: queue, job_status, cancel.
import { nodeState } from "#shared/lifecycle/node.ts";
import { cancelBodySchema, jobStatusBodySchema, queueBodySchema } from "#shared/api/bodies.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { nodeName } from "#shared/node-name.ts";
import type { JobRecord } from "#shared/wire/rpc.ts";
import type { Operation, OperationContext } from "./operation.ts";
import { askNodes, reachCluster } from "./reach-head.ts";

const CALL_MS = 15_000;
const LIST_LIMIT = 10_000;
/** CANCELLED means proven dead: 10 s until the job is killed, then the proof; asked again until it is there. */
const CANCEL_WAIT_MS = 20_000;
const CANCEL_ROUNDS = 6;

export const queue: Operation = { name: "queue", canResume: true, onFullDisk: "asks", run: runQueue };
export const jobStatus: Operation = {
  name: "job_status",
  canResume: true,
  onFullDisk: "asks",
  run: runJobStatus,
};
export const cancel: Operation = { name: "cancel", canResume: true, onFullDisk: "ends", run: runCancel };

async function runQueue(context: OperationContext): Promise<unknown> {
  const { world, request, signal } = context;
  const body = queueBodySchema.parse(request.body);
  const { cluster } = await reachCluster(context, body.cluster_name);
  const userHash = body.all_users ? null : request.userHash;
  const { jobs } = await world.agents.call(
    cluster.cid,
    "job.list",
    { skipFinished: body.skip_finished, userHash, limit: LIST_LIMIT },
    { timeoutMs: CALL_MS, signal },
  );
  return jobs.map(jobRow);
}

async function runJobStatus(context: OperationContext): Promise<unknown> {
  const { world, request, signal } = context;
  const body = jobStatusBodySchema.parse(request.body);
  const { cluster } = await reachCluster(context, body.cluster_name);
  const call = { timeoutMs: CALL_MS, signal };
  const { jobs } =
    body.job_ids === null
      ? await world.agents.call(cluster.cid, "job.list", { skipFinished: false, userHash: null, limit: 1 }, call)
      : await world.agents.call(cluster.cid, "job.get", { jids: body.job_ids }, call);
  const stateOf = new Map(jobs.map((job) => [job.jid, job.state]));
  const ids = body.job_ids ?? jobs.map((job) => job.jid);
  return Object.fromEntries(ids.map((id) => [String(id), stateOf.get(id) ?? null]));
}

async function runCancel(context: OperationContext): Promise<unknown> {
  const { world, request, log, signal } = context;
  const body = cancelBodySchema.parse(request.body);
  const { cluster } = await reachCluster(context, body.cluster_name);
  const userHash = body.all_users ? null : request.userHash;
  const everything = body.all || body.all_users;
  let jids: number[] | "all" | null = everything ? "all" : body.job_ids;
  if (jids === null) log.line("No job IDs or --all/--all-users provided; cancelling the latest running job.");
  if (Array.isArray(jids)) await requireJobs(context, cluster.cid, jids);
  const done = new Set<number>();
  for (let round = 0; round < CANCEL_ROUNDS; round += 1) {
    const answer = await world.agents.call(
      cluster.cid,
      "job.cancel",
      { jids, userHash: jids === "all" || jids === null ? userHash : null, waitMs: CANCEL_WAIT_MS },
      { timeoutMs: CANCEL_WAIT_MS + CALL_MS, signal },
    );
    for (const jid of answer.cancelled) done.add(jid);
    if (answer.pending.length === 0) {
      log.line(
        done.size === 0
          ? "No jobs cancelled. They may be in terminal states."
          : `Cancelled job ID(s): ${[...done].toSorted((left, right) => left - right).join(", ")}`,
      );
      return null;
    }
    jids = answer.pending;
    const lost = ((await askNodes(context, cluster.cid)) ?? [])
      .filter((node) => node.state === nodeState.LOST)
      .map((node) => nodeName(node.nid));
    if (lost.length > 0) {
      throw new StixError({
        code: "agent-refused",
        message: `job${jids.length === 1 ? "" : "s"} ${jids.join(", ")} cannot be proven dead: ${lost.join(", ")} ${lost.length === 1 ? "does" : "do"} not answer`,
        hint: `stix start ${cluster.name}`,
        details: { jids: [...jids], lost },
      });
    }
    log.line(`Waiting for the processes of job${jids.length === 1 ? "" : "s"} ${jids.join(", ")} to end.`);
  }
  throw new StixError({
    code: "agent-refused",
    message: `processes of jobs ${String(jids)} do not end`,
    hint: `stix queue ${cluster.name}, and look at the processes on its nodes`,
  });
}

async function requireJobs({ world, signal }: OperationContext, cid: string, jids: readonly number[]): Promise<void> {
  const { jobs } = await world.agents.call(cid, "job.get", { jids: [...jids] }, { timeoutMs: CALL_MS, signal });
  const missing = jids.filter((jid) => !jobs.some((job) => job.jid === jid));
  if (missing.length > 0)
    throw new StixError({
      code: "job-not-found",
      message: `job ${missing.join(", ")} does not exist`,
      hint: "stix queue lists the jobs",
    });
}

/** A job as `queue` shows it. Times in seconds. */
export function jobRow(job: JobRecord): Record<string, unknown> {
  return {
    job_id: job.jid,
    job_name: job.name ?? "-",
    username: job.user,
    user_hash: job.userHash,
    submitted_at: job.submittedAt / 1000,
    start_at: job.startedAt === null ? null : job.startedAt / 1000,
    end_at: job.endedAt === null ? null : job.endedAt / 1000,
    resources: job.resourcesText,
    status: job.state,
    log_path: job.logFolder,
    metadata: job.metadata,
    links: {},
    reason: job.reason,
    exit_codes: job.exitCodes,
    num_nodes: job.numNodes,
  };
}
