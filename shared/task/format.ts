// Writes tasks and DAGs back as YAML files. Reading what was written gives the same task.
import { writeYaml } from "../yaml/write.ts";
import { maskTask } from "./mask.ts";
import { compact } from "./compact.ts";
import { hasContainer } from "./images.ts";
import { skypilotHook, skypilotPool, skypilotTask } from "./skypilot-form.ts";
import type { Dag, Resources, Task } from "./task.ts";

export interface FormatOptions {
  /** `mask`: nothing secret is in the text, and so it no longer reads back as the same task. */
  readonly secrets: "keep" | "mask";
}

/** One document. */
export function formatTask(task: Task, { secrets }: FormatOptions): string {
  return writeYaml(writtenTask(secrets === "mask" ? maskTask(task) : task));
}

/** A header document, then each task, as SkyPilot writes files; documents are parted by `---`. */
export function formatDag(dag: Dag, options: FormatOptions): string {
  return [writeYaml(header(dag)), ...dag.tasks.map((task) => formatTask(task, options))].join("---\n");
}

function header({ name, group }: Dag): Record<string, unknown> {
  if (group === undefined) return { name: name ?? null };
  return compact({
    name: group.name,
    execution: group.execution,
    primary_tasks: group.primaryTasks,
    termination_delay: group.terminationDelay,
    inter_connection: group.interConnection,
  });
}

/** SkyPilot's form, with `config` and `pool` where users write them and without what follows from other keys. */
function writtenTask(task: Task): Record<string, unknown> {
  const plain: Task = {
    ...task,
    resources: { ...task.resources, alternatives: task.resources.alternatives.map((each) => asked(task, each)) },
  };
  const { config: _config, service, ...keys } = skypilotTask(plain);
  const config = { ...task.config, ...(task.hooks === undefined ? {} : { hooks: task.hooks.map(skypilotHook) }) };
  return compact({
    ...keys,
    resources: readable(keys["resources"]),
    api_server_access: task.apiServerAccess,
    ...(task.pool === undefined ? { service } : { pool: skypilotPool(task.pool) }),
    config: Object.keys(config).length === 0 ? undefined : config,
  });
}

function asked(task: Task, resources: Resources): Resources {
  const isMounting = Object.values(task.storageMounts).some((bucket) => bucket.mode !== "COPY");
  const hasLogin = "SKYPILOT_DOCKER_USERNAME" in task.envs || "SKYPILOT_DOCKER_USERNAME" in task.secrets;
  const { requiresFuse, configOverrides, dockerLogin, ...others } = resources;
  return compact({
    ...others,
    requiresFuse: isMounting ? undefined : requiresFuse,
    configOverrides: task.config === undefined ? configOverrides : undefined,
    dockerLogin: hasLogin && hasContainer(resources.imageId) ? undefined : dockerLogin,
  });
}

/** The few places where SkyPilot's form of resources is none that its schema takes back. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readableValue(key, inner)]));
}

function readableValue(key: string, value: unknown): unknown {
  if (key === "any_of" || key === "ordered") return readable(value);
  if (typeof value !== "object" || value === null) return value;
  if (key === "image_id") return nullKeyed(value);
  return key === "autostop" && "idle_minutes" in value && Number(value.idle_minutes) < 0 ? value.idle_minutes : value;
}

/** The image of every region stands under YAML's null, which no object can have as a key. */
function nullKeyed(images: object): Map<string | null, unknown> {
  return new Map(Object.entries(images).map(([region, image]) => [region === "null" ? null : region, image]));
}
