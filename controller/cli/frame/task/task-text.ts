// The task that is sent: the file or command, what the flags lay over it, and its local paths as the server can find them.
import { isTaskName } from "#shared/task-name.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import type { CliContext } from "../context.ts";
import type { Entrypoint } from "./entrypoint.ts";
import type { TaskFlags } from "./submit-options.ts";

export interface AutostopFlags {
  readonly idleMinutes: number;
  readonly down: boolean;
  readonly waitFor: "jobs_and_ssh" | "jobs" | "none";
}

export interface TaskLayers {
  readonly flags: TaskFlags;
  /** Written into the task, since the call itself has no field for it. */
  readonly autostop: AutostopFlags | undefined;
  readonly yes: boolean;
}

export interface SentTask {
  readonly text: string;
  /** Id of the archive that holds the local files; undefined when the server reads them where they are. */
  readonly blobId: string | undefined;
}

export function announceEntrypoint(context: CliContext, entrypoint: Entrypoint): void {
  if (entrypoint.is === "file") context.stdout.write(`YAML to run: ${entrypoint.path}\n`);
  else if (entrypoint.is === "command") context.stdout.write(`Command to run: ${entrypoint.command}\n`);
  else context.stdout.write(`Recipe to run: ${entrypoint.name}\n`);
}

/** Throws StixError `bad-yaml` with the place in the file, or `usage` for a flag that does not fit. */
export async function taskText(
  context: CliContext,
  connection: Connection,
  entrypoint: Entrypoint | undefined,
  layers: TaskLayers,
): Promise<SentTask> {
  if (entrypoint?.is === "command" && isPlain(layers))
    return { text: plainCommand(entrypoint.command, layers.flags), blobId: undefined };
  const { composeTask } = await import("./compose-task.ts");
  return await composeTask(context, connection, entrypoint, layers);
}

/** True when nothing but a name, a number of nodes and variables lies over a command: the usual `exec CLUSTER 'command'`. */
function isPlain(layers: TaskLayers): boolean {
  const { flags, autostop } = layers;
  const { name: _name, numNodes: _numNodes, env, secret, envFile, secretFile, ports, ...rest } = flags;
  const onlyPlain = Object.entries(resourceFlags(rest)).every(([, value]) => value === undefined);
  const isNamed = flags.name === undefined || isTaskName(flags.name);
  return (
    isNamed &&
    autostop === undefined &&
    onlyPlain &&
    env.length === 0 &&
    secret.length === 0 &&
    envFile === undefined &&
    secretFile === undefined &&
    ports.length === 0
  );
}

type RestFlags = Omit<TaskFlags, "name" | "numNodes" | "env" | "secret" | "envFile" | "secretFile" | "ports">;

/** The flags alone: the caller's object may carry more than the type says. */
function resourceFlags(flags: RestFlags): RestFlags {
  const {
    priority,
    workdir,
    infra,
    cloud,
    region,
    zone,
    cpus,
    memory,
    diskSize,
    diskTier,
    networkTier,
    useSpot,
    imageId,
    localDisk,
    gpus,
    instanceType,
    gitUrl,
    gitRef,
  } = flags;
  return {
    priority,
    workdir,
    infra,
    cloud,
    region,
    zone,
    cpus,
    memory,
    diskSize,
    diskTier,
    networkTier,
    useSpot,
    imageId,
    localDisk,
    gpus,
    instanceType,
    gitUrl,
    gitRef,
  };
}

/** JSON is YAML, and needs no YAML writer: the fast way of the most frequent command. */
function plainCommand(command: string, flags: TaskFlags): string {
  const name = flags.name ?? "sky-cmd";
  const task = { name, ...(flags.numNodes !== undefined && { num_nodes: flags.numNodes }), run: command };
  return `name: ${JSON.stringify(name)}\n---\n${JSON.stringify(task)}\n`;
}
