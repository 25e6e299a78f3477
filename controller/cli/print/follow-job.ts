// A job's output on the terminal until it ends; Ctrl-C leaves the job running.
import { StixError } from "#shared/errors/stix-error.ts";
import type { LogFrame } from "#shared/api/log-frames.ts";
import { jobState, jobExitStatus } from "#shared/lifecycle/job.ts";
import { createLogRenderer, durationText } from "#shared/logs/render.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { follow, followJob, type FollowedJob } from "#controller/sdk/logs.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { createSpinner } from "./progress.ts";

/** Prints, and gives the exit status: 0, 100 failed, 101 not finished, 103 cancelled. */
export async function printJob(context: CliContext, connection: Connection, job: FollowedJob): Promise<number> {
  const output = createJobOutput(context);
  try {
    const end = await followJob(follow(connection, job, context.interrupted), output.frame);
    await output.close();
    return jobExitStatus(end.state);
  } catch (error) {
    await output.close();
    if (!context.interrupted.aborted) throw notThere(error, job);
    sayItGoesOn(context, job);
    throw error;
  }
}

/** The same for programs. A job that has not ended says so in its last line. */
export async function printJobLines(context: CliContext, connection: Connection, job: FollowedJob): Promise<number> {
  const { createJobLines } = await import("./job-lines.ts");
  const lines = createJobLines();
  let ended = false;
  const write = (text: string) => context.stdout.writeBytes(new TextEncoder().encode(text));
  try {
    const end = await followJob(follow(connection, job, context.interrupted), async (frame, body) => {
      ended ||= frame.t === "end";
      await write(lines.push(frame, body));
    });
    await write(lines.flush());
    if (!ended) await write(`${JSON.stringify({ job_id: end.jobId, status: end.state, reason: null })}\n`);
    return jobExitStatus(end.state);
  } catch (error) {
    await write(lines.flush());
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

const NEWLINE = 0x0a;

/** Prints the frames of one job. On a terminal a line below them tells how long setup has been running. */
export function createJobOutput({ stdout, stderr, clock }: Pick<CliContext, "stdout" | "stderr" | "clock">): JobOutput {
  // What is piped holds what SkyPilot's does; the story goes on beside it.
  const renderer = createLogRenderer({
    decorate: true,
    monotonic: () => clock.monotonic(),
    setupNotes: stdout.isTty ? "inline" : stderr.write,
  });
  const spinner = createSpinner({ stderr, clock });
  let setupSince: number | undefined;
  let atLineStart = true;
  const write = async (bytes: Uint8Array) => {
    if (bytes.length === 0) return;
    spinner.stop();
    await stdout.writeBytes(bytes);
    atLineStart = bytes.at(-1) === NEWLINE;
  };
  return {
    frame: async (frame, body) => {
      await write(renderer.push(frame, body));
      if (frame.t === "job")
        setupSince =
          frame.state === jobState.SETTING_UP ? (setupSince ?? clock.monotonic() - (frame.setupForMs ?? 0)) : undefined;
      const since = setupSince;
      if (since === undefined || frame.t === "end") spinner.stop();
      // Half a line of the job's must not be wiped.
      else if (spinner.shows && atLineStart)
        spinner.show(() => `Setup is running (${durationText(clock.monotonic() - since)})`);
    },
    close: async () => {
      spinner.stop();
      await write(renderer.flush());
    },
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
