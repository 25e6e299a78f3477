// Follows a job's output on its cluster as frames: setup first, then all ranks, attempt after attempt, until the job is final.
// Offsets are the job's own: whoever gives them back goes on without losing or doubling a byte.
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { LogFollowBody } from "#shared/api/log-follow-body.ts";
import { cursorKey, type LogFrame } from "#shared/api/log-frames.ts";
import { isStixError, StixError } from "#shared/errors/stix-error.ts";
import { isJobTerminal } from "#shared/lifecycle/job.ts";
import type { JobRecord } from "#shared/wire/rpc.ts";
import { requireCluster } from "./find-cluster.ts";
import type { World } from "./operation.ts";

export type FrameSink = (frame: LogFrame, body?: Uint8Array) => Promise<void>;

export interface FollowWish extends LogFollowBody {
  readonly signal: AbortSignal;
}

const WAIT_MS = 5_000;
const CALL_MARGIN_MS = 5_000;
const CHUNK_BYTES = 256 * 1024;
/** While the head is away: at first at once, later every 2 s, for as long as its cluster lives. */
const RETRY_FIRST_MS = 50;
const RETRY_MOST_MS = 2_000;
const NEWCOMER_PATIENCE_MS = 15_000;

interface Follow {
  readonly world: World;
  readonly cluster: ClusterRecord;
  readonly wish: FollowWish;
  readonly jid: number;
  readonly emit: FrameSink;
  job: JobRecord;
  shown: string;
  /** Why the job is not watched any more. */
  failure: { readonly error: unknown } | null;
  /** Streams whose process was asked for when their first bytes came. */
  readonly askedLate: Set<string>;
  /** Called when `job` changed. */
  readonly waiting: Set<() => void>;
}

/** Gives the job as it was last seen. Throws cluster-not-found, cluster-not-up, job-not-found. */
export async function followJob(world: World, wish: FollowWish, emit: FrameSink): Promise<JobRecord> {
  const cluster = await requireCluster(world, wish.cluster_name);
  if (cluster.state === "STOPPED" || cluster.placement === null) {
    throw new StixError({ code: "cluster-not-up", message: `cluster '${cluster.name}' is ${cluster.state}`, hint: cluster.state === "STOPPED" ? `stix start ${cluster.name}` : `stix launch -c ${cluster.name} FILE` });
  }
  // Who follows already waits for the head like before; who comes new is told soon that it is away.
  const patienceMs = Object.keys(wish.cursors).length > 0 ? Number.POSITIVE_INFINITY : NEWCOMER_PATIENCE_MS;
  const job = await untilReached({ world, cluster, wish }, () => findJob(world, cluster, wish.job_id, wish.signal), { patienceMs });
  const follow: Follow = { world, cluster, wish, jid: job.jid, emit, job, shown: "", failure: null, askedLate: new Set(), waiting: new Set() };
  await show(follow);
  if (!wish.follow) await readWhatIsThere(follow);
  else await followToTheEnd(follow);
  if (isJobTerminal(follow.job.state)) await emit({ t: "end", jobId: follow.jid, state: follow.job.state, reason: follow.job.reason });
  return follow.job;
}

/** The job of this id, or the newest. Throws job-not-found. */
export async function findJob(world: World, cluster: ClusterRecord, jid: number | null, signal: AbortSignal): Promise<JobRecord> {
  const call = { timeoutMs: WAIT_MS + CALL_MARGIN_MS, signal };
  const { jobs } =
    jid === null
      ? await world.agents.call(cluster.cid, "job.list", { skipFinished: false, userHash: null, limit: 1 }, call)
      : await world.agents.call(cluster.cid, "job.get", { jids: [jid] }, call);
  const job = jobs[0];
  if (job !== undefined) return job;
  const what = jid === null ? `cluster '${cluster.name}' has no job yet` : `job ${jid} does not exist on cluster '${cluster.name}'`;
  throw new StixError({ code: "job-not-found", message: what, hint: `stix queue ${cluster.name}` });
}

async function readWhatIsThere(follow: Follow): Promise<void> {
  const { job } = follow;
  if (job.attempt === 0) return;
  await Promise.all(setupIndexes(follow).map((index) => readStream(follow, "setup", index, job.attempt, () => "now")));
  await Promise.all(job.ranks.map(({ rank }) => readStream(follow, "run", rank, job.attempt, () => "now")));
}

async function followToTheEnd(follow: Follow): Promise<void> {
  const watching = new AbortController();
  // What ends the watching ends the following: whoever waits for news of the job would wait for ever.
  const watched = watchJob(follow, AbortSignal.any([follow.wish.signal, watching.signal])).catch((error: unknown) => {
    follow.failure = { error };
    for (const wake of [...follow.waiting]) wake();
  });
  try {
    for (let attempt = Math.max(1, follow.job.attempt); ; attempt += 1) {
      await until(follow, () => isJobTerminal(follow.job.state) || (follow.job.attempt >= attempt && isPlaced(follow.job)));
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
  const isSettingUp = () => !isOver() && ["INIT", "PENDING", "SETTING_UP"].includes(follow.job.state);
  await Promise.all(setupIndexes(follow).map((index) => readStream(follow, "setup", index, attempt, () => (isSettingUp() ? "wait" : "now"))));
  const ranks = follow.job.ranks.map(({ rank }) => rank);
  await Promise.all(ranks.map((rank) => readStream(follow, "run", rank, attempt, () => "wait")));
}

/** Reads to the end of the stream; `mode` "now": only what is there already. */
async function readStream(follow: Follow, stream: "setup" | "run", rank: number, attempt: number, mode: () => "now" | "wait"): Promise<void> {
  const { world, cluster, jid, wish } = follow;
  let off = await beginning(follow, stream, rank, attempt);
  for (;;) {
    const how = mode();
    const waitMs = how === "wait" ? WAIT_MS : 0;
    const { head, bytes } = await persistently(follow, () =>
      world.agents.readLog(cluster.cid, { jid, stream, rank, attempt, off, max: CHUNK_BYTES, waitMs }, { timeoutMs: waitMs + CALL_MARGIN_MS, signal: wish.signal }),
    );
    if (bytes.length > 0) {
      await knowProcess(follow, stream, rank);
      await follow.emit({ t: "out", attempt, stream, rank, off: head.off }, bytes);
      off = head.off + bytes.length;
    }
    // Asked after the phase was seen to be over: what had not been written then will not come.
    if (head.eof || (how === "now" && bytes.length === 0)) return;
  }
}

async function beginning(follow: Follow, stream: "setup" | "run", rank: number, attempt: number): Promise<number> {
  const { world, cluster, jid, wish } = follow;
  const cursor = wish.cursors[cursorKey(attempt, stream, rank)];
  if (cursor !== undefined) return cursor;
  if (wish.tail <= 0) return 0;
  const stat = await persistently(follow, () => world.agents.call(cluster.cid, "log.stat", { jid, stream, rank, attempt, tailLines: wish.tail }, { timeoutMs: CALL_MARGIN_MS, signal: wish.signal }));
  return stat.tailOff;
}

/** The prefix of a stream's lines has its process: asked for once more when it was not known yet. */
async function knowProcess(follow: Follow, stream: "setup" | "run", rank: number): Promise<void> {
  const key = `${stream}/${rank}`;
  if (processOf(follow.job, stream, rank) !== null || follow.askedLate.has(key)) return;
  follow.askedLate.add(key);
  follow.job = await persistently(follow, () => findJob(follow.world, follow.cluster, follow.jid, follow.wish.signal));
  await show(follow);
}

function processOf(job: JobRecord, stream: "setup" | "run", rank: number): number | null {
  if (stream === "setup") return job.setupPids?.[rank] ?? null;
  return job.ranks.find((each) => each.rank === rank)?.pid ?? null;
}

/** Keeps `follow.job` up to date by long polls. */
async function watchJob(follow: Follow, signal: AbortSignal): Promise<void> {
  const { world, cluster, jid } = follow;
  while (!isJobTerminal(follow.job.state)) {
    const seen = { state: follow.job.state, attempt: follow.job.attempt };
    const { job } = await persistently(follow, () => world.agents.call(cluster.cid, "job.wait", { jid, seen, waitMs: WAIT_MS }, { timeoutMs: WAIT_MS + CALL_MARGIN_MS, signal }), signal);
    if (job === null) continue;
    follow.job = job;
    await show(follow);
    for (const wake of [...follow.waiting]) wake();
  }
}

async function until(follow: Follow, holds: () => boolean): Promise<void> {
  while (!holds()) {
    if (follow.failure !== null) throw follow.failure.error;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    follow.waiting.add(resolve);
    const gone = () => reject(follow.wish.signal.reason);
    follow.wish.signal.addEventListener("abort", gone, { once: true });
    try {
      follow.wish.signal.throwIfAborted();
      await promise;
    } finally {
      follow.waiting.delete(resolve);
      follow.wish.signal.removeEventListener("abort", gone);
    }
  }
}

/** A job frame whenever something in it changed. */
async function show(follow: Follow): Promise<void> {
  const { cluster, job } = follow;
  const frame: LogFrame = {
    t: "job",
    jobId: job.jid,
    name: job.name,
    state: job.state,
    attempt: job.attempt,
    ranks: job.ranks.map(({ rank, nid, pid }) => ({ rank, nodeName: nid === "n0" ? "head" : `worker${nid.slice(1)}`, ip: cluster.instances.find((each) => each.nid === nid)?.internalIp ?? "", pid })),
    clusterNodes: cluster.nodeCount,
    ...(job.setupPids === undefined ? {} : { setupPids: job.setupPids }),
  };
  const text = JSON.stringify(frame);
  if (follow.shown === text) return;
  follow.shown = text;
  await follow.emit(frame);
}

/** Setup runs on every node of the cluster. */
function setupIndexes({ cluster }: Follow): number[] {
  return Array.from({ length: cluster.nodeCount }, (_, index) => index);
}

function isPlaced(job: JobRecord): boolean {
  return job.state !== "INIT" && job.state !== "PENDING" && job.ranks.length > 0;
}

function persistently<T>(follow: Follow, ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return untilReached(follow, ask, { patienceMs: Number.POSITIVE_INFINITY, ...(signal === undefined ? {} : { signal }) });
}

interface Patience {
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
}

/** The head may restart, the hub may be away: nothing is lost by asking again, as long as the cluster lives. */
async function untilReached<T>({ world, cluster, wish }: Pick<Follow, "world" | "cluster" | "wish">, ask: () => Promise<T>, { patienceMs, signal = wish.signal }: Patience): Promise<T> {
  const since = world.clock.monotonic();
  let pause = RETRY_FIRST_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (!isStixError(error) || error.code !== "agent-unreachable") throw error;
      const now = await world.clusters.get(cluster.cid);
      const isGone = now === null || now.removedAt !== null || now.state === "STOPPED";
      if (isGone || !wish.follow || world.clock.monotonic() - since > patienceMs) throw error;
      await world.clock.sleep(pause, signal);
      pause = Math.min(RETRY_MOST_MS, pause * 2);
    }
  }
}
