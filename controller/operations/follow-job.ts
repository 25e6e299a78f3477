// Follows a job's output on its cluster as frames: setup first, then all ranks, attempt after attempt, until the job is final.
// Offsets are the job's own: whoever gives them back goes on without losing or doubling a byte.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { jobState, isJobTerminal } from "#shared/lifecycle/job.ts";
import type { JobRecord } from "#shared/wire/rpc.ts";
import { notUp, requireCluster } from "./find-cluster.ts";
import { findJob } from "./find-job.ts";
import { persistently, untilReached } from "./follow-patience.ts";
import {
  note,
  show,
  takeAnswer,
  until,
  wakeAll,
  type Follow,
  type FollowWish,
  type FrameSink,
} from "./follow-state.ts";
import { CALL_MARGIN_MS, readAhead, readStream, WAIT_MS } from "./follow-stream.ts";
import type { World } from "./operation.ts";

const NEWCOMER_PATIENCE_MS = 15_000;

/** Gives the job as it was last seen. Throws cluster-not-found, cluster-not-up, job-not-found. */
export async function followJob(world: World, wish: FollowWish, emit: FrameSink): Promise<JobRecord> {
  const cluster = await requireCluster(world, wish.cluster_name);
  if (cluster.state === clusterState.STOPPED || cluster.placement === null || !cluster.everUp)
    throw await notUp(world, cluster);
  // Who follows already waits for the head like before; who comes new is told soon that it is away.
  const patienceMs = Object.keys(wish.cursors).length > 0 ? Number.POSITIVE_INFINITY : NEWCOMER_PATIENCE_MS;
  const ahead = readAhead(world, cluster, wish);
  const job = await untilReached(
    { world, cluster, wish, emit },
    () => findJob(world, cluster, wish.job_id, wish.signal),
    { patienceMs },
  );
  const follow: Follow = {
    world,
    cluster,
    wish,
    jid: job.jid,
    emit,
    job,
    shown: "",
    failure: null,
    ahead,
    askedLate: new Set(),
    waiting: new Set(),
  };
  await show(follow);
  if (!wish.follow) await readWhatIsThere(follow);
  else await followToTheEnd(follow);
  if (isJobTerminal(follow.job.state))
    await emit({ t: "end", jobId: follow.jid, state: follow.job.state, reason: follow.job.reason });
  return follow.job;
}

async function readWhatIsThere(follow: Follow): Promise<void> {
  const { job } = follow;
  const { attempt } = job;
  if (attempt === 0) return;
  await Promise.all(
    setupIndexes(follow).map((rank) => readStream(follow, { stream: "setup", rank, attempt }, () => "now")),
  );
  await Promise.all(job.ranks.map(({ rank }) => readStream(follow, { stream: "run", rank, attempt }, () => "now")));
}

async function followToTheEnd(follow: Follow): Promise<void> {
  const watching = new AbortController();
  // What ends the watching ends the following: whoever waits for news of the job would wait for ever.
  const watched = watchJob(follow, AbortSignal.any([follow.wish.signal, watching.signal])).catch((error: unknown) => {
    follow.failure = { error };
    wakeAll(follow);
  });
  try {
    for (let attempt = Math.max(1, follow.job.attempt); ; attempt += 1) {
      await until(
        follow,
        () => isJobTerminal(follow.job.state) || (follow.job.attempt >= attempt && isPlaced(follow.job)),
      );
      if (follow.job.attempt < attempt) return;
      await followAttempt(follow, attempt);
      await until(follow, () => isJobTerminal(follow.job.state) || follow.job.attempt > attempt);
      if (follow.job.attempt <= attempt) return;
    }
  } finally {
    watching.abort(new Error("followed to the end"));
    await watched;
  }
}

async function followAttempt(follow: Follow, attempt: number): Promise<void> {
  const isOver = () => isJobTerminal(follow.job.state) || follow.job.attempt > attempt;
  const isSettingUp = () => !isOver() && follow.job.state !== jobState.RUNNING;
  await Promise.all(
    setupIndexes(follow).map((rank) =>
      readStream(follow, { stream: "setup", rank, attempt }, () => (isSettingUp() ? "wait" : "now")),
    ),
  );
  const ranks = follow.job.ranks.map(({ rank }) => rank);
  await Promise.all(ranks.map((rank) => readStream(follow, { stream: "run", rank, attempt }, () => "wait")));
}

/** Keeps `follow.job` up to date by long polls, and tells why a job that does not change waits. */
async function watchJob(follow: Follow, signal: AbortSignal): Promise<void> {
  const { world, cluster, jid } = follow;
  // As the head last told it, which may be older than what is known from elsewhere.
  let seen = { state: follow.job.state, attempt: follow.job.attempt };
  let told: string | null = null;
  while (!isJobTerminal(follow.job.state)) {
    const { job } = await persistently(
      follow,
      () =>
        world.agents.call(
          cluster.cid,
          "job.wait",
          { jid, seen, waitMs: WAIT_MS },
          { timeoutMs: WAIT_MS + CALL_MARGIN_MS, signal },
        ),
      { signal },
    );
    if (job === null) continue;
    const isUnchanged = job.state === seen.state && job.attempt === seen.attempt;
    seen = { state: job.state, attempt: job.attempt };
    await takeAnswer(follow, job);
    if (!isUnchanged || job.reason === null || job.reason === told || isJobTerminal(job.state)) continue;
    told = job.reason;
    await note(follow, reasonText(follow, job.reason));
  }
}

/** Where nodes are missing, `start` brings them back. */
function reasonText({ cluster, job }: Follow, reason: string): string {
  const cure = /\banswer\b|prove/.test(reason) ? `. To bring lost nodes back: stix start ${cluster.name}` : "";
  return `Job ${job.jid}: ${reason}${cure}`;
}

/** Setup runs on every node of the cluster. */
function setupIndexes({ cluster, job }: Follow): number[] {
  if (job.hasSetup === false) return [];
  return Array.from({ length: cluster.nodeCount }, (_, index) => index);
}

function isPlaced(job: JobRecord): boolean {
  return job.state !== jobState.INIT && job.state !== jobState.PENDING && job.ranks.length > 0;
}
