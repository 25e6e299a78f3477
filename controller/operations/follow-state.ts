// What a follower of a job knows of it, and how it tells: the newest answer, a frame when something changed, a note when it waits.
import { jobState } from "#shared/lifecycle/job.ts";
import { laterRecord } from "#controller/core/job/later-record.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { LogFollowBody } from "#shared/api/log-follow-body.ts";
import type { LogFrame } from "#shared/api/log-frames.ts";
import { nodeName } from "#shared/node-name.ts";
import type { JobRecord, LogChunkHead } from "#shared/wire/rpc.ts";
import type { World } from "./operation.ts";

export type FrameSink = (frame: LogFrame, body?: Uint8Array) => Promise<void>;

export interface FollowWish extends LogFollowBody {
  readonly signal: AbortSignal;
}

/** A piece of a stream, as a head gives it. */
export interface LogPiece {
  readonly head: LogChunkHead;
  readonly bytes: Uint8Array;
}

/** A follower before it has found its job. */
export interface Following {
  readonly world: World;
  readonly cluster: ClusterRecord;
  readonly wish: FollowWish;
  readonly emit: FrameSink;
}

export interface Follow extends Following {
  readonly jid: number;
  job: JobRecord;
  shown: string;
  /** Why the job is not watched any more. */
  failure: { readonly error: unknown } | null;
  /** The first read of the first rank's output, by the key of its cursor; taken once. */
  readonly ahead: Map<string, Promise<LogPiece | null>>;
  /** Streams whose process was asked for when their first bytes came. */
  readonly askedLate: Set<string>;
  /** Called when `job` changed. */
  readonly waiting: Set<() => void>;
}

/** Takes an answer about the job, however old it is; tells, and wakes whoever waits for news. */
export async function takeAnswer(follow: Follow, heard: JobRecord): Promise<void> {
  follow.job = laterRecord(follow.job, heard);
  await show(follow);
  wakeAll(follow);
}

export function wakeAll(follow: Follow): void {
  for (const wake of [...follow.waiting]) wake();
}

/** Resolves when `holds`. Throws why the job is not watched any more, or the reason of the reader's leaving. */
export async function until(follow: Follow, holds: () => boolean): Promise<void> {
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
export async function show(follow: Follow): Promise<void> {
  const { cluster, job } = follow;
  const frame: LogFrame = {
    t: "job",
    jobId: job.jid,
    name: job.name,
    state: job.state,
    attempt: job.attempt,
    ranks: job.ranks.map(({ rank, nid, pid }) => ({
      rank,
      nodeName: nodeName(nid),
      ip: cluster.instances.find((each) => each.nid === nid)?.internalIp ?? "",
      pid,
    })),
    clusterNodes: cluster.nodeCount,
    numNodes: job.numNodes,
    ...(job.setupPids === undefined ? {} : { setupPids: job.setupPids }),
  };
  const text = JSON.stringify(frame);
  if (follow.shown === text) return;
  follow.shown = text;
  const since = job.state === jobState.SETTING_UP ? job.setupSince : undefined;
  // Two clocks may differ by a little; no phase began later than now.
  await follow.emit(
    since === undefined || since === null
      ? frame
      : { ...frame, setupForMs: Math.max(0, Math.round(follow.world.clock.now() - since)) },
  );
}

/** A sentence for the reader between the output. */
export async function note({ emit }: Pick<Following, "emit">, text: string): Promise<void> {
  await emit({ t: "ping", note: text });
}
