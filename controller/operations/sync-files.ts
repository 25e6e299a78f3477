// Puts a task's workdir and files on every node of its cluster.
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { Task } from "#shared/task/task.ts";
import { providerError, providerOf } from "./find-cluster.ts";
import type { OperationContext } from "./operation.ts";

const WORKDIR = "~/sky_workdir";

export async function syncWorkdir(context: OperationContext, cluster: ClusterRecord, task: Task): Promise<void> {
  if (typeof task.workdir !== "string") return;
  context.log.line(`Syncing workdir to ${WORKDIR}.`);
  await place(context, cluster, [{ source: task.workdir, destination: WORKDIR }]);
}

export async function syncFileMounts(context: OperationContext, cluster: ClusterRecord, task: Task): Promise<void> {
  const files = Object.entries(task.fileMounts).map(([destination, source]) => ({ source, destination }));
  if (files.length === 0) return;
  context.log.line(`Syncing ${files.length} file mount${files.length === 1 ? "" : "s"}.`);
  await place(context, cluster, files);
}

async function place(context: OperationContext, cluster: ClusterRecord, files: readonly { readonly source: string; readonly destination: string }[]): Promise<void> {
  const provider = await providerOf(context.world, cluster);
  const answers = await Promise.all(cluster.instances.map((instance) => provider.access.placeFiles(instance, files, context.signal)));
  const failed = answers.find((answer) => !answer.ok);
  if (failed !== undefined && !failed.ok) throw providerError(`cannot copy files to cluster '${cluster.name}'`, failed);
}
