// A job's output on the terminal until it ends; Ctrl-C leaves the job running.
import { StixError } from "#shared/errors/stix-error.ts";
import type { LogFrame } from "#shared/api/log-frames.ts";
import { jobExitStatus } from "#shared/lifecycle/job.ts";
import { createLogRenderer } from "#shared/logs/render.ts";
import type { Connection } from "../client/connection.ts";
import { followJob, type FollowedJob } from "../client/logs.ts";
import type { CliContext } from "./context.ts";

/** Prints, and gives the exit status: 0, 100 failed, 101 not finished, 103 cancelled. */
export async function printJob(context: CliContext, connection: Connection, job: FollowedJob): Promise<number> {
  const output = createJobOutput(context);
  try {
    const end = await followJob(connection, job, output.frame, context.interrupted);
    await output.close();
    return jobExitStatus(end.state);
  } catch (error) {
    if (!context.interrupted.aborted) throw notThere(error, job);
    sayItGoesOn(context, job);
    throw error;
  }
}

export interface JobOutput {
  readonly frame: (frame: LogFrame, body: Uint8Array) => Promise<void>;
  /** Prints what is left of a line without end. */
  readonly close: () => Promise<void>;
}

/** Prints the frames of one job. */
export function createJobOutput({ stdout }: Pick<CliContext, "stdout">): JobOutput {
  const renderer = createLogRenderer();
  return {
    frame: (frame, body) => stdout.writeBytes(renderer.push(frame, body)),
    close: () => stdout.writeBytes(renderer.flush()),
  };
}

/** After Ctrl-C. */
export function sayItGoesOn({ program, stderr }: CliContext, job: Pick<FollowedJob, "cluster" | "jobId">): void {
  const id = job.jobId === null ? "" : ` ${job.jobId}`;
  stderr.write(`\nThe job goes on without this command.\n`);
  stderr.write(`├── To follow it again:  ${program} logs ${job.cluster}${id}\n`);
  stderr.write(`└── To cancel it:        ${program} cancel ${job.cluster}${id}\n`);
}

function notThere(error: unknown, job: FollowedJob): unknown {
  if (!(error instanceof StixError) || error.code !== "job-not-found" || error.hint !== "") return error;
  return new StixError({ code: "job-not-found", message: error.message, hint: `{program} queue ${job.cluster}` });
}
