// Reads one stream of a followed job (a rank's output, a node's setup) to its end, or to where its node cannot be asked any more.
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { cursorKey } from "#shared/api/log-frames.ts";
import { isStixError, type StixError } from "#shared/errors/stix-error.ts";
import { isJobTerminal } from "#shared/lifecycle/job.ts";
import { nodeName } from "#shared/node-name.ts";
import type { JobRecord } from "#shared/wire/rpc.ts";
import { findJob } from "./find-job.ts";
import { persistently } from "./follow-patience.ts";
import { note, takeAnswer, type Follow, type FollowWish, type LogPiece } from "./follow-state.ts";
import type { World } from "./operation.ts";

/** A head answers a long poll after so long at the latest. */
export const WAIT_MS = 5_000;
export const CALL_MARGIN_MS = 5_000;
const CHUNK_BYTES = 256 * 1024;
/** A head that does not tell whether a node is lost has known it after 30 s. */
const UNTOLD_LOSS_MS = 60_000;

export interface StreamName {
  readonly stream: "setup" | "run";
  readonly rank: number;
  readonly attempt: number;
}

/** `mode` "now": only what is there already. A stream whose node is lost ends with a note that names it, once the job is over. */
export async function readStream(follow: Follow, name: StreamName, mode: () => "now" | "wait"): Promise<void> {
  let off = 0;
  try {
    off = await beginning(follow, name);
    for (;;) {
      const how = mode();
      const waitMs = how === "wait" ? WAIT_MS : 0;
      const early = off === 0 ? await takeAhead(follow, name) : null;
      const { head, bytes } =
        early ??
        (await patiently(follow, () =>
          follow.world.agents.readLog(
            follow.cluster.cid,
            { jid: follow.jid, ...name, off, max: CHUNK_BYTES, waitMs },
            { timeoutMs: waitMs + CALL_MARGIN_MS, signal: follow.wish.signal },
          ),
        ));
      if (bytes.length > 0) {
        await knowProcess(follow, name, head.pid ?? null);
        await follow.emit({ t: "out", ...name, off: head.off }, bytes);
        off = head.off + bytes.length;
      }
      // Asked after the phase was seen to be over: what had not been written then will not come.
      if (head.eof || (how === "now" && bytes.length === 0)) return;
    }
  } catch (error) {
    if (!isStixError(error) || !isNodeSilent(error)) throw error;
    await note(follow, missingText(follow, name, off, error));
  }
}

/** The head answers, the node it would have to ask does not. */
export function isNodeSilent(error: StixError): boolean {
  return error.code === "agent-unreachable" && error.details["refusal"] === "not-ready";
}

function patiently<T>(follow: Follow, ask: () => Promise<T>): Promise<T> {
  return persistently(follow, ask, {
    giveUp: (error, waitedMs) =>
      isJobTerminal(follow.job.state) &&
      isNodeSilent(error) &&
      (error.details["lost"] === true || waitedMs > UNTOLD_LOSS_MS),
  });
}

/** "Output of rank 1 (worker1) is missing: worker1 does not answer. …" */
export function missingText(
  { cluster, job }: Pick<Follow, "cluster" | "job">,
  { stream, rank }: Pick<StreamName, "stream" | "rank">,
  off: number,
  error: StixError,
): string {
  const nid = stream === "setup" ? `n${rank}` : (job.ranks.find((each) => each.rank === rank)?.nid ?? `n${rank}`);
  const what = stream === "setup" ? `the setup on ${nodeName(nid)}` : `rank ${rank} (${nodeName(nid)})`;
  const from = off === 0 ? "" : ` from byte ${off} on`;
  return `Output of ${what} is missing${from}: ${error.message}. After 'stix start ${cluster.name}': stix logs ${cluster.name} ${job.jid}`;
}

async function beginning(follow: Follow, name: StreamName): Promise<number> {
  const { world, cluster, jid, wish } = follow;
  const cursor = wish.cursors[keyOf(name)];
  if (cursor !== undefined) return cursor;
  if (wish.tail <= 0) return 0;
  const stat = await patiently(follow, () =>
    world.agents.call(
      cluster.cid,
      "log.stat",
      { jid, ...name, tailLines: wish.tail },
      { timeoutMs: CALL_MARGIN_MS, signal: wish.signal },
    ),
  );
  return stat.tailOff;
}

/**
 * A job that was just submitted is read before anything is known of it: its first line is then one question to the head
 * away, not three. Only a guess at what will be read first; whatever comes of it is taken in its turn, or not at all.
 */
export function readAhead(world: World, cluster: ClusterRecord, wish: FollowWish): Follow["ahead"] {
  if (wish.job_id === null || !wish.follow || wish.tail > 0 || Object.keys(wish.cursors).length > 0) return new Map();
  const name: StreamName = { attempt: 1, stream: "run", rank: 0 };
  const piece = world.agents.readLog(
    cluster.cid,
    { jid: wish.job_id, ...name, off: 0, max: CHUNK_BYTES, waitMs: WAIT_MS },
    { timeoutMs: WAIT_MS + CALL_MARGIN_MS, signal: wish.signal },
  );
  // What is wrong shows again when the stream is read in its turn.
  return new Map([[keyOf(name), piece.catch(() => null)]]);
}

async function takeAhead(follow: Follow, name: StreamName): Promise<LogPiece | null> {
  const piece = follow.ahead.get(keyOf(name)) ?? null;
  follow.ahead.delete(keyOf(name));
  return await piece;
}

function keyOf({ attempt, stream, rank }: StreamName): string {
  return cursorKey(attempt, stream, rank);
}

/** The prefix of a stream's lines has its process, which the piece tells; asked for once more where it does not. */
async function knowProcess(follow: Follow, { stream, rank, attempt }: StreamName, pid: number | null): Promise<void> {
  const key = `${stream}/${rank}`;
  if (processOf(follow.job, stream, rank) !== null || follow.askedLate.has(key)) return;
  if (pid !== null && stream === "run" && follow.job.attempt === attempt) {
    const ranks = follow.job.ranks.map((each) => (each.rank === rank ? { ...each, pid } : each));
    return await takeAnswer(follow, { ...follow.job, ranks });
  }
  follow.askedLate.add(key);
  await takeAnswer(
    follow,
    await persistently(follow, () => findJob(follow.world, follow.cluster, follow.jid, follow.wish.signal)),
  );
}

function processOf(job: JobRecord, stream: "setup" | "run", rank: number): number | null {
  if (stream === "setup") return job.setupPids?.[rank] ?? null;
  return job.ranks.find((each) => each.rank === rank)?.pid ?? null;
}
