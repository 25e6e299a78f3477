// exec: a task onto the queue of a cluster that is up, and its output.
import { submit } from "../../client/requests.ts";
import { checkClusterName } from "../cluster-name.ts";
import type { CliContext } from "../context.ts";
import { resolveEntrypoint } from "../entrypoint.ts";
import { printSubmitted } from "../follow-request.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { runTask } from "./run-task.ts";
import { announceEntrypoint, taskText } from "./task-text.ts";
import type { ExecRequest } from "./submit-options.ts";

const ignored = ["cpus", "memory", "diskSize", "diskTier", "localDisk", "ports"] as const;

export async function runExec(context: CliContext, asked: ExecRequest): Promise<number> {
  checkClusterName(asked.cluster);
  const entrypoint = await resolveEntrypoint(context, asked.entrypoint);
  if (entrypoint === undefined) throw new StixError({ code: "usage", message: "argument ENTRYPOINT is missing", hint: "{program} exec CLUSTER 'command'" });
  for (const name of ignored) {
    if (asked.given.has(name)) context.stderr.write(`warning: the cluster is there already, so '--${kebab(name)}' is ignored\n`);
  }
  const connection = await context.connect({ config: asked.config });
  announceEntrypoint(context, entrypoint);
  const flags = { ...asked, cpus: undefined, memory: undefined, diskSize: undefined, diskTier: undefined, localDisk: undefined, ports: [] };
  const { text, blobId } = await taskText(context, connection, entrypoint, { flags, autostop: undefined, yes: true });
  const body = { task: text, cluster_name: asked.cluster, dryrun: false, down: false, backend: null, file_mounts_blob_id: blobId ?? null };
  context.stdout.write(`Submitting job to cluster: ${asked.cluster}\n`);
  if (asked.detach) {
    printSubmitted(context, await submit(connection, "/exec", body), "exec");
    return 0;
  }
  return await runTask(context, connection, { path: "/exec", body, name: "exec", log: context.stdout, cluster: asked.cluster, followJob: !asked.detachRun });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
