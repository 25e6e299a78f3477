// A task file, with flags laid over it by the rules of the language, checked, and written for the server.
import { existsSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { StixError } from "#shared/errors/stix-error.ts";
import { formatDag } from "#shared/task/format.ts";
import { checkPaths, isUrl } from "#shared/task/local-paths.ts";
import { maskYaml } from "#shared/task/mask.ts";
import { emptyTask, judgeDag, judgeText, type Judged } from "#shared/task/judge.ts";
import type { TaskOverrides } from "#shared/task/override.ts";
import type { Dag, Task } from "#shared/task/task.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { textField } from "#controller/sdk/read.ts";
import { ask } from "#controller/sdk/requests.ts";
import { uploadFiles } from "./upload.ts";
import type { CliContext } from "../context.ts";
import type { Entrypoint } from "./entrypoint.ts";
import { envOverrides, type EnvOverrides } from "./env-options.ts";
import { taskProblems } from "#controller/cli/print/problems.ts";
import type { TaskFlags } from "./submit-options.ts";
import type { AutostopFlags, SentTask, TaskLayers } from "./task-text.ts";

export async function composeTask(
  context: CliContext,
  connection: Connection,
  entrypoint: Entrypoint | undefined,
  layers: TaskLayers,
): Promise<SentTask> {
  const variables = envOverrides(layers.flags, {
    env: context.env,
    warn: (line) => context.stderr.write(`warning: ${line}\n`),
  });
  const dag = await judgedEntrypoint(context, connection, entrypoint, {
    variables,
    overrides: overrides(layers.flags, variables),
  });
  if (dag.tasks.length > 1) {
    throw new StixError({
      code: "usage",
      message: `${named(entrypoint)} has ${dag.tasks.length} tasks, and a cluster takes one at a time`,
      hint: "{program} jobs launch FILE",
    });
  }
  // Only now: a flag may name another workdir than the file.
  const misplaced = checkPaths(dag, {
    checkPaths: true,
    pathExists: (path) => existsSync(absolute(context, path)),
    isFile: (path) => statSync(absolute(context, path), { throwIfNoEntry: false })?.isDirectory() === false,
  });
  if (misplaced.length > 0) throw taskProblems(misplaced, entrypoint?.is === "file" ? entrypoint.path : undefined);
  const first = dag.tasks[0];
  if (first?.service !== undefined || first?.pool !== undefined) {
    context.stderr.write("warning: the task's service section means nothing to a cluster and is left out\n");
  }
  const tasks = dag.tasks.map((task) =>
    withAutostop(withAbsolutePaths(context, withoutServing(task)), layers.autostop),
  );
  if (connection.endpoint.local) return { text: formatDag({ ...dag, tasks }, { secrets: "keep" }), blobId: undefined };
  const uploaded = await uploadFiles(connection, tasks.flatMap(filesOf), (line) => context.stderr.write(`${line}\n`));
  const mapped = tasks.map((task) =>
    uploaded === undefined ? task : { ...task, fileMountsMapping: uploaded.mapping },
  );
  return { text: formatDag({ ...dag, tasks: mapped }, { secrets: "keep" }), blobId: uploaded?.blobId };
}

interface Laid {
  readonly variables: EnvOverrides;
  readonly overrides: TaskOverrides;
}

/** The tasks with the flags laid over them. Throws what stands against launching them. */
async function judgedEntrypoint(
  context: CliContext,
  connection: Connection,
  entrypoint: Entrypoint | undefined,
  { variables, overrides }: Laid,
): Promise<Dag> {
  if (entrypoint === undefined) return judged(judgeDag({ kind: "single", tasks: [emptyTask] }, overrides), undefined);
  if (entrypoint.is === "command")
    return judged(
      judgeDag(
        { kind: "single", name: "sky-cmd", tasks: [{ ...emptyTask, name: "sky-cmd", run: entrypoint.command }] },
        overrides,
      ),
      undefined,
    );
  const text =
    entrypoint.is === "file"
      ? entrypoint.text
      : (textField(await ask(connection, "recipes.get", { recipe_name: entrypoint.name }), "content") ?? "");
  const file = named(entrypoint);
  const found = judgeText(text, {
    file,
    isWritten: true,
    overrides,
    // A server elsewhere may be newer, and know more keys.
    strict: connection.endpoint.local,
    baseDir: context.cwd,
    env: variables.envs,
    secrets: variables.secrets,
  });
  const dag = judged(found, file);
  if (found.ok) for (const warning of found.warnings) context.stderr.write(`warning: ${warning.message}\n`);
  return { ...dag, tasks: dag.tasks.map((task) => ({ ...task, userYaml: maskYaml(text) })) };
}

function judged(found: Judged, file: string | undefined): Dag {
  if (found.ok) return found.dag;
  throw taskProblems(found.problems, found.from === "file" ? file : undefined);
}

function named(entrypoint: Entrypoint | undefined): string {
  if (entrypoint === undefined) return "the task";
  if (entrypoint.is === "recipe") return `recipes:${entrypoint.name}`;
  return entrypoint.is === "file" ? entrypoint.path : "the command";
}

/** Flags that stand over the task's own keys as they are. */
const OVERRIDES = [
  "name",
  "workdir",
  "gitUrl",
  "gitRef",
  "infra",
  "cloud",
  "region",
  "zone",
  "gpus",
  "cpus",
  "memory",
  "instanceType",
  "numNodes",
  "useSpot",
  "imageId",
  "diskSize",
  "diskTier",
  "networkTier",
  "localDisk",
  "priority",
] as const;

function overrides(flags: TaskFlags, variables: EnvOverrides): TaskOverrides {
  const given = OVERRIDES.map((name) => [name, flags[name]] as const).filter(([, value]) => value !== undefined);
  const kept = Object.fromEntries(given);
  return {
    ...kept,
    ...(flags.ports.length > 0 && { ports: flags.ports.flatMap((one) => one.split(",")).map((one) => one.trim()) }),
    ...(Object.keys(variables.envs).length > 0 && { env: variables.envs }),
    ...(Object.keys(variables.secrets).length > 0 && { secrets: variables.secrets }),
  };
}

function withoutServing(task: Task): Task {
  const { service: _service, pool: _pool, ...rest } = task;
  return rest;
}

function withAutostop(task: Task, autostop: AutostopFlags | undefined): Task {
  if (autostop === undefined) return task;
  return {
    ...task,
    resources: { ...task.resources, alternatives: task.resources.alternatives.map((each) => ({ ...each, autostop })) },
  };
}

/** The server's current folder is not ours. */
function withAbsolutePaths(context: CliContext, task: Task): Task {
  const place = (path: string) => (isUrl(path) ? path : absolute(context, path));
  return {
    ...task,
    ...(typeof task.workdir === "string" && { workdir: place(task.workdir) }),
    fileMounts: Object.fromEntries(Object.entries(task.fileMounts).map(([to, from]) => [to, place(from)])),
    storageMounts: Object.fromEntries(
      Object.entries(task.storageMounts).map(([to, spec]) => [
        to,
        typeof spec.source === "string" ? { ...spec, source: place(spec.source) } : spec,
      ]),
    ),
  };
}

function filesOf(task: Task): readonly string[] {
  const sources = [
    ...Object.values(task.fileMounts),
    ...Object.values(task.storageMounts).flatMap((spec) => [spec.source ?? []].flat()),
  ];
  return [...(typeof task.workdir === "string" ? [task.workdir] : []), ...sources].filter((path) => !isUrl(path));
}

function absolute(context: CliContext, path: string): string {
  const home = path.replace(/^~(?=\/|$)/, context.env["HOME"] ?? "~");
  return isAbsolute(home) ? home : resolve(context.cwd, home);
}
