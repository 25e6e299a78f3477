// Follows a job's output through every break: keeps a cursor for each stream and goes on from there.
import { StixError } from "#shared/errors/stix-error.ts";
import { createLogFrameDecoder, cursorKey, LOG_FRAMES_TYPE, type LogFrame } from "#shared/api/log-frames.ts";
import { isErrorCode } from "./answer-errors.ts";
import { call, type Connection } from "./connection.ts";
import { persistently } from "./requests.ts";
import type { JobState } from "#shared/lifecycle/job.ts";

export interface FollowedJob {
  readonly cluster: string;
  /** null: the newest. */
  readonly jobId: number | null;
  readonly follow: boolean;
  /** Begin with the last lines of every stream; 0: from the beginning. */
  readonly tail: number;
  /** Where to go on in streams that were read before. */
  readonly cursors?: Readonly<Record<string, number>>;
}

export interface JobEnd {
  readonly jobId: number;
  readonly state: JobState;
}

/**
 * Gives every frame, and every byte of output once, to `take`. Ends with the job's state: final when followed to the end,
 * the state of now otherwise.
 */
export async function followJob(
  connection: Connection,
  job: FollowedJob,
  take: (frame: LogFrame, body: Uint8Array) => Promise<void> | void,
  signal?: AbortSignal,
): Promise<JobEnd> {
  const cursors: Record<string, number> = { ...job.cursors };
  let { jobId } = job;
  let last: JobEnd | undefined;
  return await persistently(connection, signal, async (progressed) => {
    const response = await call(connection, "POST", "/stix/v1/logs", {
      body: { cluster_name: job.cluster, job_id: jobId, follow: job.follow, tail: job.tail, cursors },
      headers: { accept: LOG_FRAMES_TYPE },
      ...(signal && { signal }),
    });
    const decode = createLogFrameDecoder();
    const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
    for await (const chunk of chunks) {
      progressed();
      for (const { frame, body } of decode(chunk)) {
        if (frame.t === "error") throw frameError(frame);
        if (frame.t === "job") last = { jobId: frame.jobId, state: frame.state };
        // From now on it is this job, whatever is newest after a break.
        if (frame.t === "job") jobId = frame.jobId;
        await take(frame, body);
        // Only what was given away counts: a break before this line repeats nothing and loses nothing.
        if (frame.t === "out") cursors[cursorKey(frame.attempt, frame.stream, frame.rank)] = frame.off + body.length;
        if (frame.t === "end") return { jobId: frame.jobId, state: frame.state };
      }
    }
    if (!job.follow && last !== undefined) return last;
    throw new StixError({
      code: "server-unreachable",
      message: "the output ended before the job did",
      hint: "{program} logs again",
    });
  });
}

export function frameError(frame: Extract<LogFrame, { t: "error" }>): StixError {
  return new StixError({
    code: isErrorCode(frame.code) ? frame.code : "agent-refused",
    message: frame.message,
    hint: frame.hint,
  });
}
