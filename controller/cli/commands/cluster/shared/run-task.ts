// What launch and exec have in common: a call that submits a job, its output, and what can be typed next.
import { jobExitStatus } from "#shared/lifecycle/job.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { field, list, numberField } from "#controller/sdk/read.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { runWithJob, type LongCall } from "#controller/cli/print/follow-request.ts";
import { paint } from "#controller/cli/print/colour.ts";

export type TaskCall = LongCall & {
  readonly cluster: string;
  /** Show the job's output until it ends. */
  readonly followJob: boolean;
};

/** Submits, shows the job, and says what can be typed next. The exit status: the job's outcome, or 0 when it is not followed. */
export async function runTask(context: CliContext, connection: Connection, call: TaskCall): Promise<number> {
  const { cluster } = call;
  const { createJobOutput, sayItGoesOn } = await import("#controller/cli/print/follow-job.ts");
  const output = createJobOutput(context);
  let jobId: number | undefined;
  const submitted = (value: unknown) => {
    jobId = numberField(value, "job_id");
  };
  try {
    const { value, end } = await runWithJob(
      context,
      connection,
      call,
      call.followJob ? { cluster, frame: output.frame, submitted } : undefined,
    );
    await output.close();
    submitted(value);
    context.stdout.write(
      usefulCommands({
        program: context.program,
        cluster,
        jobId,
        ssh: !isOnThisMachine(field(value, "handle")),
        colour: context.stdout.colour,
      }),
    );
    return end === undefined ? 0 : jobExitStatus(end.state);
  } catch (error) {
    await output.close();
    if (context.interrupted.aborted && jobId !== undefined) sayItGoesOn(context, { cluster, jobId });
    throw error;
  }
}

interface UsefulFacts {
  readonly program: string;
  readonly cluster: string;
  readonly jobId: number | undefined;
  readonly ssh: boolean;
  readonly colour: boolean;
}

/** The block at the end of launch and exec. */
export function usefulCommands({ program, cluster, jobId, ssh, colour }: UsefulFacts): string {
  const lines = [paint(colour, "bold", "Useful Commands")];
  if (jobId !== undefined) {
    lines.push(
      `Job ID: ${jobId}`,
      `├── To cancel the job:          ${program} cancel ${cluster} ${jobId}`,
      `├── To stream job logs:         ${program} logs ${cluster} ${jobId}`,
      `└── To view job queue:          ${program} queue ${cluster}`,
    );
  }
  lines.push(
    `Cluster name: ${cluster}`,
    ...(ssh ? [`├── To log into the head VM:    ssh ${cluster}`] : []),
    `├── To submit a job:            ${program} exec ${cluster} yaml_file`,
    `├── To stop the cluster:        ${program} stop ${cluster}`,
    `└── To teardown the cluster:    ${program} down ${cluster}`,
  );
  return `\n${lines.join("\n")}\n`;
}

/** Nodes of the built-in cloud live on loopback addresses: there is nothing to log in to. */
function isOnThisMachine(handle: unknown): boolean {
  const [address] = list(list(field(handle, "stable_internal_external_ips"))[0]);
  return typeof address === "string" && address.startsWith("127.");
}
