// Serves the output of jobs: from this node's files, or through the bus from a worker's.
import type { z } from "zod";
import type { Clock } from "#shared/clock.ts";
import { isJobTerminal } from "#shared/lifecycle/job.ts";
import type { LogChunkHead, RpcResult, rpcMethods } from "#shared/wire/rpc.ts";
import { readLogWhenThere, tailOffset } from "./log-file.ts";
import { logPath, readRecord } from "../node/record.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";
import { findJob } from "../queue/job-record.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import type { Job } from "../queue/state.ts";
import type { Store } from "../store/store.ts";
import { RpcRefusal } from "../hub/rpc-errors.ts";

const WAIT_MS_MAX = 5_000;

type ReadParams = z.output<(typeof rpcMethods)["log.read"]["params"]>;
type StatParams = z.output<(typeof rpcMethods)["log.stat"]["params"]>;

/** A worker's part, over the bus. Both throw when the worker does not answer. */
export interface WorkerLogs {
  readonly read: (nid: string, ask: LogAsk) => Promise<{ head: LogChunkHead; bytes: Uint8Array }>;
  readonly stat: (nid: string, ask: LogAsk) => Promise<{ size: number; tailOff: number; final: boolean }>;
}

/** What a node needs to know to read for its head. */
export interface LogAsk {
  readonly key: LaunchKey;
  readonly off: number;
  readonly max: number;
  readonly waitMs: number;
  readonly tailLines: number;
  /** The head knows that this stream has ended. */
  readonly final: boolean;
}

export interface HeadLogs {
  /** A line of JSON, a newline, the bytes. */
  readonly read: (params: ReadParams) => Promise<Uint8Array>;
  readonly stat: (params: StatParams) => Promise<RpcResult<"log.stat">>;
}

interface HeadLogsOptions {
  readonly store: Store;
  readonly queue: RunQueue;
  readonly jobsFolder: string;
  readonly nid: string;
  readonly clock: Clock;
  readonly workers: WorkerLogs | null;
}

/** Reads a stream of this node. `gen` grows when a reader finds the file shorter than it was. */
export function createNodeLogs(jobsFolder: string, clock: Clock) {
  const sizes = new Map<string, { size: number; gen: number }>();

  function generationOf(path: string, size: number): number {
    const known = sizes.get(path) ?? { size: 0, gen: 0 };
    const gen = size < known.size ? known.gen + 1 : known.gen;
    sizes.delete(path);
    sizes.set(path, { size, gen });
    // The oldest of 1,000 files is forgotten: its reader would only miss that it was truncated.
    const oldest = sizes.keys().next();
    if (sizes.size > 1_000 && oldest.done !== true) sizes.delete(oldest.value);
    return gen;
  }

  return {
    read: async (ask: LogAsk): Promise<{ head: LogChunkHead; bytes: Uint8Array }> => {
      const path = logPath(jobsFolder, ask.key);
      const isFinal = () => ask.final || readRecord(jobsFolder, ask.key).is === "exited";
      const { size, bytes, final } = await readLogWhenThere(path, ask, isFinal, clock);
      const eof = final && ask.off + bytes.length >= size;
      const head = {
        off: ask.off,
        n: bytes.length,
        size,
        gen: generationOf(path, size),
        attempt: ask.key.attempt,
        eof,
      };
      return { head, bytes };
    },
    stat: (ask: LogAsk): { size: number; tailOff: number; final: boolean } => ({
      ...tailOffset(logPath(jobsFolder, ask.key), ask.tailLines),
      final: ask.final || readRecord(jobsFolder, ask.key).is === "exited",
    }),
  };
}

export function createHeadLogs(options: HeadLogsOptions): HeadLogs {
  const { store, queue, clock } = options;
  const own = createNodeLogs(options.jobsFolder, clock);

  function jobOf(jid: number): Job {
    const job = findJob(store, queue.specOf, queue.state().jobs, jid);
    if (job === null) throw new RpcRefusal("job-not-found", `job ${jid} is not on this cluster`, "stix queue");
    return job;
  }

  /** Waits until the job has what is asked for, or is over, or time is up. */
  async function place(
    params: { jid: number; stream: "setup" | "run"; rank: number; attempt: number },
    waitMs: number,
  ) {
    const since = clock.monotonic();
    for (;;) {
      const job = jobOf(params.jid);
      const attempt = params.attempt === 0 ? job.attempt : params.attempt;
      const launch =
        attempt === job.attempt
          ? job.launches.find((one) => one.phase === params.stream && one.index === params.rank)
          : undefined;
      const left = waitMs - (clock.monotonic() - since);
      const over = isJobTerminal(job.state) || attempt < job.attempt;
      const key: LaunchKey = { jid: params.jid, attempt, phase: params.stream, index: params.rank };
      if (launch !== undefined) return { nid: launch.nid, key, final: isJobTerminal(job.state), left, pid: launch.pid };
      if (over || left <= 0)
        return { nid: nodeOfOldLaunch(job, params), key, final: over, left: Math.max(0, left), pid: null };
      await queue.nextChange(params.jid, left);
    }
  }

  /** Known a moment after the launch, which may be before its first line or after. */
  function processOf({ jid, attempt, phase, index }: LaunchKey): number | null {
    const job = jobOf(jid);
    return job.attempt === attempt
      ? (job.launches.find((launch) => launch.phase === phase && launch.index === index)?.pid ?? null)
      : null;
  }

  /** Where an earlier attempt ran is not kept; it is where this one's part was, unless nodes changed meanwhile. */
  function nodeOfOldLaunch(job: Job, params: { stream: "setup" | "run"; rank: number }): string {
    const same = job.launches.find((one) => one.phase === params.stream && one.index === params.rank);
    return same?.nid ?? options.nid;
  }

  return {
    read: async (params) => {
      const waitMs = Math.min(params.waitMs, WAIT_MS_MAX);
      const { nid, key, final, left, pid } = await place(params, waitMs);
      const ask: LogAsk = { key, off: params.off, max: params.max, waitMs: Math.max(0, left), tailLines: 0, final };
      const { head, bytes } =
        nid === options.nid || options.workers === null ? await own.read(ask) : await options.workers.read(nid, ask);
      // Without it the reader would have to ask for the job before it can show the first line.
      const writer = bytes.length > 0 ? (pid ?? processOf(key)) : pid;
      return encodeLogReply({ ...head, pid: writer }, bytes);
    },
    stat: async (params) => {
      const { nid, key, final } = await place(params, 0);
      const ask: LogAsk = { key, off: 0, max: 1, waitMs: 0, tailLines: params.tailLines, final };
      const found =
        nid === options.nid || options.workers === null ? own.stat(ask) : await options.workers.stat(nid, ask);
      return { size: found.size, tailOff: found.tailOff, attempt: key.attempt, eof: found.final };
    },
  };
}

export function encodeLogReply(head: LogChunkHead, bytes: Uint8Array): Uint8Array {
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const reply = new Uint8Array(line.length + bytes.length);
  reply.set(line);
  reply.set(bytes, line.length);
  return reply;
}
