// Puts a task's workdir and files on every node of its cluster.
import { statSync } from "node:fs";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { ProviderFailure } from "#controller/providers/contract/failure.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { ignoresOf } from "#shared/files/ignore-disk.ts";
import type { Ignores } from "#shared/files/ignore-rules.ts";
import type { Task } from "#shared/task/task.ts";
import { providerError } from "./find-cluster.ts";
import type { OperationContext } from "./operation.ts";

const WORKDIR = "~/sky_workdir";

export async function syncWorkdir(context: OperationContext, cluster: ClusterRecord, task: Task): Promise<void> {
  if (typeof task.workdir !== "string") return;
  context.log.line(`Syncing workdir to ${WORKDIR}.`);
  await place(context, cluster, [{ source: task.workdir, destination: WORKDIR }]);
  context.log.line("✓ Synced workdir.");
}

export async function syncFileMounts(context: OperationContext, cluster: ClusterRecord, task: Task): Promise<void> {
  const files = Object.entries(task.fileMounts).map(([destination, source]) => ({ source, destination }));
  if (files.length === 0) return;
  context.log.line(`Syncing ${files.length} file mount${files.length === 1 ? "" : "s"}.`);
  await place(context, cluster, files);
  context.log.line("✓ Synced file_mounts.");
}

async function place(
  context: OperationContext,
  cluster: ClusterRecord,
  files: readonly { readonly source: string; readonly destination: string }[],
): Promise<void> {
  const toPlace = files.map((file) => ({ ...file, ignores: ignoresAt(context, file.source) }));
  const answers = await Promise.all(
    cluster.instances.map((instance) => context.world.shell.placeFiles(instance, toPlace, context.signal)),
  );
  const dangling = new Set<string>();
  for (const answer of answers) {
    if (!answer.ok) throw refusal(cluster, answer);
    for (const path of answer.value.dangling) dangling.add(path);
  }
  for (const path of [...dangling].slice(0, DANGLING_SHOWN))
    context.log.line(`Warning: '${path}' is a link that leads nowhere on the node.`);
  if (dangling.size > DANGLING_SHOWN)
    context.log.line(`Warning: ${dangling.size - DANGLING_SHOWN} more links lead nowhere.`);
}

/** The client has left out what it knew of; what it did not (SkyPilot's reads fewer ignore files) stays here. A file that is named is sent. */
function ignoresAt({ world }: OperationContext, source: string): Ignores {
  if (!statSync(source).isDirectory()) return () => false;
  return ignoresOf(source, { lookAbove: !source.startsWith(`${world.paths.uploads}/`) });
}

/** More than these would hide the rest of the output. */
const DANGLING_SHOWN = 5;

function refusal(cluster: ClusterRecord, failure: ProviderFailure): StixError {
  const what = `cannot copy files to cluster '${cluster.name}'`;
  if (failure.kind !== "conflict") return providerError(what, failure);
  return new StixError({ code: "path-taken", message: `${what}: ${failure.message}`, hint: failure.hint });
}
