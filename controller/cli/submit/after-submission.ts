// What launch and exec do once the job is in the queue: follow it, then say what can be typed next.
import type { Connection } from "../../client/connection.ts";
import { field, list } from "../../client/read.ts";
import type { CliContext } from "../context.ts";
import { paint } from "../render/colour.ts";

export interface Submitted {
  readonly cluster: string;
  /** Undefined when there was nothing to run. */
  readonly jobId: number | undefined;
  readonly detachRun: boolean;
  /** Where the cluster is, as the server told. */
  readonly handle: unknown;
}

/** The exit status: the job's outcome, or 0 when it is not followed. */
export async function afterSubmission(context: CliContext, connection: Connection, submitted: Submitted): Promise<number> {
  const { cluster, jobId, detachRun } = submitted;
  let exit = 0;
  if (jobId !== undefined && !detachRun) {
    const { printJob } = await import("../follow-job.ts");
    exit = await printJob(context, connection, { cluster, jobId, follow: true, tail: 0 });
  }
  const useful = usefulCommands({ program: context.program, cluster, jobId, ssh: !isOnThisMachine(submitted.handle), colour: context.stdout.colour });
  context.stdout.write(useful);
  return exit;
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
