// Serves the output of jobs: from this node's files, or through the bus from a worker's.
import type { z } from "zod";
import type { Clock } from "#shared/clock.ts";
import { isJobTerminal } from "#shared/lifecycle/job.ts";
import type { NodeLogAsk } from "#shared/wire/bus.ts";
import type { LogChunkHead, RpcResult, rpcMethods } from "#shared/wire/rpc.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";
import { findJob } from "../queue/job-record.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import type { Job } from "../queue/state.ts";
import type { Store } from "../store/store.ts";
import type { LogFiles } from "./log-files.ts";
import { createNodeLogs, encodeLogReply } from "./node-logs.ts";
import { RpcRefusal } from "../hub/rpc-errors.ts";

const WAIT_MS_MAX = 5_000;

type ReadParams = z.output<(typeof rpcMethods)["log.read"]["params"]>;
type StatParams = z.output<(typeof rpcMethods)["log.stat"]["params"]>;

/** A worker's part, over the bus. Both throw when the worker does not answer. */
export interface WorkerLogs {
  readonly read: (nid: string, ask: NodeLogAsk) => Promise<{ head: LogChunkHead; bytes: Uint8Array }>;
  readonly stat: (nid: string, ask: NodeLogAsk) => Promise<{ size: number; tailOff: number; final: boolean }>;
}

export interface HeadLogs {
  /** A line of JSON, a newline, the bytes. */
  readonly read: (params: ReadParams) => Promise<Uint8Array>;
  readonly stat: (params: StatParams) => Promise<RpcResult<"log.stat">>;
}

interface HeadLogsOptions {
  readonly store: Store;
  readonly queue: RunQueue;
  readonly files: LogFiles;
  readonly nid: string;
  readonly clock: Clock;
  readonly workers: WorkerLogs | null;
}

export function createHeadLogs(options: HeadLogsOptions): HeadLogs {
  const { store, queue, clock } = options;
  const own = createNodeLogs(options.files, clock);

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
      const ask: NodeLogAsk = { key, off: params.off, max: params.max, waitMs: Math.max(0, left), tailLines: 0, final };
      const { head, bytes } =
        nid === options.nid || options.workers === null ? await own.read(ask) : await options.workers.read(nid, ask);
      // Without it the reader would have to ask for the job before it can show the first line.
      const writer = pid ?? (bytes.length > 0 ? (processOf(key) ?? head.pid ?? null) : null);
      return encodeLogReply({ ...head, pid: writer }, bytes);
    },
    stat: async (params) => {
      const { nid, key, final } = await place(params, 0);
      const ask: NodeLogAsk = { key, off: 0, max: 1, waitMs: 0, tailLines: params.tailLines, final };
      const found =
        nid === options.nid || options.workers === null ? own.stat(ask) : await options.workers.stat(nid, ask);
      return { size: found.size, tailOff: found.tailOff, attempt: key.attempt, eof: found.final };
    },
  };
}
