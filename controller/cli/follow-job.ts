// A job's output on the terminal until it ends; Ctrl-C leaves the job running.
import { StixError } from "#shared/errors/stix-error.ts";
import { jobExitStatus } from "#shared/lifecycle/job.ts";
import { createLogRenderer } from "#shared/logs/render.ts";
import type { Connection } from "../client/connection.ts";
import { followJob, type FollowedJob } from "../client/logs.ts";
import type { CliContext } from "./context.ts";

/** Prints, and gives the exit status: 0, 100 failed, 101 not finished, 103 cancelled. */
export async function printJob(context: CliContext, connection: Connection, job: FollowedJob): Promise<number> {
  const renderer = createLogRenderer();
  const signal = context.interrupted;
  try {
    const end = await followJob(connection, job, (frame, body) => context.stdout.writeBytes(renderer.push(frame, body)), signal);
    await context.stdout.writeBytes(renderer.flush());
    return jobExitStatus(end.state);
  } catch (error) {
    if (!signal.aborted) throw notThere(error, job);
    const { program, stderr } = context;
    const id = job.jobId === null ? "" : ` ${job.jobId}`;
    stderr.write(`\nThe job goes on without this command.\n`);
    stderr.write(`├── To follow it again:  ${program} logs ${job.cluster}${id}\n`);
    stderr.write(`└── To cancel it:        ${program} cancel ${job.cluster}${id}\n`);
    throw error;
  }
}

function notThere(error: unknown, job: FollowedJob): unknown {
  if (!(error instanceof StixError) || error.code !== "job-not-found" || error.hint !== "") return error;
  return new StixError({ code: "job-not-found", message: error.message, hint: `{program} queue ${job.cluster}` });
}
