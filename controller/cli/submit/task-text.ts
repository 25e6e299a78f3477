// The task that is sent: the file or command, what the flags lay over it, local paths made absolute, files uploaded when the server is elsewhere.
import { isAbsolute, resolve } from "node:path";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Connection } from "../../client/connection.ts";
import { textField } from "../../client/read.ts";
import { ask } from "../../client/requests.ts";
import type { CliContext } from "../context.ts";
import type { Entrypoint } from "../entrypoint.ts";
import type { TaskFlags } from "./submit-options.ts";

export interface AutostopFlags {
  readonly waitFor: string;
  readonly idleMinutes: number | undefined;
  readonly down: boolean;
}

interface Overlay {
  readonly autostop: AutostopFlags | undefined;
}

export function announceEntrypoint(context: CliContext, entrypoint: Entrypoint): void {
  if (entrypoint.is === "file") context.stdout.write(`YAML to run: ${entrypoint.path}\n`);
  else if (entrypoint.is === "command") context.stdout.write(`Command to run: ${entrypoint.command}\n`);
  else context.stdout.write(`Recipe to run: ${entrypoint.name}\n`);
}

export async function taskText(context: CliContext, connection: Connection, entrypoint: Entrypoint | undefined, flags: TaskFlags, overlay: Overlay): Promise<{ readonly text: string }> {
  const task = await baseTask(connection, entrypoint);
  applyFlags(context, task, flags, overlay);
  absolutePaths(context, task);
  if (!connection.endpoint.local) {
    throw new StixError({ code: "not-implemented", message: "uploads are not built", hint: "" });
  }
  const name = typeof task["name"] === "string" ? task["name"] : null;
  return { text: `name: ${JSON.stringify(name)}\n---\n${JSON.stringify(task)}\n` };
}

type Draft = Record<string, unknown>;

async function baseTask(connection: Connection, entrypoint: Entrypoint | undefined): Promise<Draft> {
  if (entrypoint === undefined) return {};
  if (entrypoint.is === "command") return { name: "sky-cmd", run: entrypoint.command };
  const text = entrypoint.is === "file" ? entrypoint.text : textField(await ask(connection, "/recipes/get", { recipe_name: entrypoint.name }), "content");
  const { parse } = await import("yaml");
  const value: unknown = parse(text ?? "");
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function applyFlags(_context: CliContext, task: Draft, flags: TaskFlags, overlay: Overlay): void {
  if (flags.name !== undefined) task["name"] = flags.name;
  if (flags.numNodes !== undefined) task["num_nodes"] = flags.numNodes;
  if (flags.workdir !== undefined) task["workdir"] = flags.workdir;
  const resources: Draft = { ...(typeof task["resources"] === "object" ? task["resources"] : {}) };
  if (flags.infra !== undefined) resources["infra"] = flags.infra;
  if (flags.gpus !== undefined) resources["accelerators"] = flags.gpus;
  if (flags.cpus !== undefined) resources["cpus"] = flags.cpus;
  if (flags.memory !== undefined) resources["memory"] = flags.memory;
  if (overlay.autostop !== undefined) resources["autostop"] = { wait_for: overlay.autostop.waitFor, down: overlay.autostop.down, idle_minutes: overlay.autostop.idleMinutes ?? 5 };
  if (Object.keys(resources).length > 0) task["resources"] = resources;
  if (flags.env.length > 0) task["envs"] = { ...(typeof task["envs"] === "object" ? task["envs"] : {}), ...Object.fromEntries(flags.env) };
}

function absolutePaths(context: CliContext, task: Draft): void {
  const workdir = task["workdir"];
  if (typeof workdir === "string") task["workdir"] = absolute(context, workdir);
}

function absolute(context: CliContext, path: string): string {
  const home = path.replace(/^~(?=\/|$)/, context.env["HOME"] ?? "~");
  return isAbsolute(home) ? home : resolve(context.cwd, home);
}
