// Follows a job's output through every break: keeps a cursor for each stream and goes on from there.
import { StixError } from "#shared/errors/stix-error.ts";
import { createLogFrameDecoder, cursorKey, LOG_FRAMES_TYPE, type LogFrame } from "#shared/api/log-frames.ts";
import { isErrorCode } from "./answer-errors.ts";
import { bodyOf, call, type Connection } from "./connection.ts";
import { triesOf, type Tries } from "./requests.ts";
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

export interface Followed {
  readonly frame: LogFrame;
  /** The bytes that belong to it: every byte of output comes once. */
  readonly body: Uint8Array;
}

/**
 * Everything that is told of a job, through every break. Ends with the job's state: final when followed to the end, the state of
 * now otherwise.
 */
export async function* follow(
  connection: Connection,
  job: FollowedJob,
  signal?: AbortSignal,
): AsyncGenerator<Followed, JobEnd> {
  const heard: Heard = { jobId: job.jobId, cursors: { ...job.cursors }, last: undefined };
  const tries = triesOf(connection, signal);
  for (;;) {
    try {
      const end = yield* listen(connection, job, heard, { tries, signal });
      if (end !== undefined) return end;
      if (!job.follow && heard.last !== undefined) return heard.last;
      throw new StixError({
        code: "server-unreachable",
        message: "the output ended before the job did",
        hint: "{program} logs again",
      });
    } catch (error) {
      await tries.after(error);
    }
  }
}

interface Heard {
  jobId: number | null;
  readonly cursors: Record<string, number>;
  last: JobEnd | undefined;
}

/** One call, from where the one before it broke. Undefined: it ended before the job did. */
async function* listen(
  connection: Connection,
  { cluster, follow: followed, tail }: FollowedJob,
  heard: Heard,
  { tries, signal }: { readonly tries: Tries; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Followed, JobEnd | undefined> {
  const response = await call(connection, "logs.frames", {
    body: { cluster_name: cluster, job_id: heard.jobId, follow: followed, tail, cursors: heard.cursors },
    headers: { accept: LOG_FRAMES_TYPE },
    ...(signal && { signal }),
  });
  const decode = createLogFrameDecoder();
  for await (const chunk of bodyOf(connection, response)) {
    tries.progressed();
    for (const { frame, body } of decode(chunk)) {
      if (frame.t === "error") throw frameError(frame);
      if (frame.t === "job") heard.last = { jobId: frame.jobId, state: frame.state };
      // From now on it is this job, whatever is newest after a break.
      if (frame.t === "job") heard.jobId = frame.jobId;
      yield { frame, body };
      // Only what was taken counts: a break before this line repeats nothing and loses nothing.
      if (frame.t === "out")
        heard.cursors[cursorKey(frame.attempt, frame.stream, frame.rank)] = frame.off + body.length;
      if (frame.t === "end") return { jobId: frame.jobId, state: frame.state };
    }
  }
  return undefined;
}

/** Gives every frame to `take`, one after the other, and how it ended. */
export async function followJob(
  followed: AsyncGenerator<Followed, JobEnd>,
  take: (frame: LogFrame, body: Uint8Array) => Promise<void> | void,
): Promise<JobEnd> {
  for (;;) {
    const next = await followed.next();
    if (next.done === true) return next.value;
    await take(next.value.frame, next.value.body);
  }
}

export function frameError(frame: Extract<LogFrame, { t: "error" }>): StixError {
  return new StixError({
    code: isErrorCode(frame.code) ? frame.code : "agent-refused",
    message: frame.message,
    hint: frame.hint,
  });
}
