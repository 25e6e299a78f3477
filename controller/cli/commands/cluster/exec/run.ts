// exec: a task onto the queue of a cluster that is up, and its output.
import { numberField } from "#controller/sdk/read.ts";
import { submit } from "#controller/sdk/requests.ts";
import { checkClusterName } from "#controller/cli/frame/cluster-name.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { resolveEntrypoint } from "#controller/cli/frame/task/entrypoint.ts";
import { printSubmitted, runRequest } from "#controller/cli/print/follow-request.ts";
import { printJson } from "#controller/cli/print/answer.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { runTask } from "../shared/run-task.ts";
import { announceEntrypoint, taskText } from "#controller/cli/frame/task/task-text.ts";
import type { ExecRequest } from "#controller/cli/frame/task/submit-options.ts";

const ignored = ["cpus", "memory", "diskSize", "diskTier", "localDisk", "ports"] as const;

export async function runExec(context: CliContext, asked: ExecRequest): Promise<number> {
  checkClusterName(asked.cluster);
  const entrypoint = await resolveEntrypoint(context, asked.entrypoint);
  if (entrypoint === undefined)
    throw new StixError({
      code: "usage",
      message: "argument ENTRYPOINT is missing",
      hint: "{program} exec CLUSTER 'command'",
    });
  for (const name of ignored) {
    if (asked.given.has(name))
      context.stderr.write(`warning: the cluster is there already, so '--${kebab(name)}' is ignored\n`);
  }
  const connection = await context.connect({ config: asked.config });
  const json = asked.output === "json";
  if (!json) announceEntrypoint(context, entrypoint);
  const flags = {
    ...asked,
    cpus: undefined,
    memory: undefined,
    diskSize: undefined,
    diskTier: undefined,
    localDisk: undefined,
    ports: [],
  };
  const { text, blobId } = await taskText(context, connection, entrypoint, { flags, autostop: undefined, yes: true });
  const body = {
    task: text,
    cluster_name: asked.cluster,
    dryrun: false,
    down: false,
    backend: null,
    file_mounts_blob_id: blobId ?? null,
  };
  if (!json) context.stdout.write(`Submitting job to cluster: ${asked.cluster}\n`);
  if (asked.detach) {
    const requestId = await submit(connection, "exec", body);
    if (json) printJson(context, { request_id: requestId });
    else printSubmitted(context, requestId, "exec");
    return 0;
  }
  if (json) {
    const value = await runRequest(context, connection, { body, name: "exec", log: context.stderr });
    printJson(context, { cluster: asked.cluster, job_id: numberField(value, "job_id") ?? null });
    return 0;
  }
  return await runTask(context, connection, {
    body,
    name: "exec",
    log: context.stdout,
    cluster: asked.cluster,
    followJob: !asked.detachRun,
  });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
