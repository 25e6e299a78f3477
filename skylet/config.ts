// What a node is told: its folder, node.json in it, and the few variables of the environment that matter.
import { bootId as kernelBootId, readEntry } from "#shared/os/proc.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentFiles, nodeConfigSchema, type NodeConfig } from "#shared/wire/node-config.ts";
import { StixError, errorText } from "#shared/errors/stix-error.ts";

export interface AgentConfig {
  /** The agent folder, absolute. */
  readonly dir: string;
  readonly node: NodeConfig;
  readonly isHead: boolean;
  /** Changes when the node was stopped and started; jobs from before are lost then. */
  readonly bootId: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clockFile: string | null;
  /** Between SIGTERM and SIGKILL of a cancelled job. */
  readonly graceMs: number;
  /** A worker that is silent for this long is lost. */
  readonly nodeLostMs: number;
}

/** SkyPilot's own patience between SIGTERM and SIGKILL. */
const GRACE_MS = 10_000;
const NODE_LOST_MS = 30_000;

/** Throws StixError when node.json is not there or not as it must be. */
export function readConfig(dir: string, env: AgentConfig["env"]): AgentConfig {
  const node = readNodeConfig(dir);
  return {
    dir,
    node,
    isHead: node.nid === (node.nodes[0]?.nid ?? "n0"),
    bootId: env["STIX_BOOT_ID"] ?? bootId(node),
    env,
    clockFile: env["STIX_CLOCK_FILE"] ?? null,
    graceMs: Number(env["STIX_CANCEL_GRACE_MS"] ?? GRACE_MS),
    nodeLostMs: Number(env["STIX_NODE_LOST_MS"] ?? NODE_LOST_MS),
  };
}

function readNodeConfig(dir: string): NodeConfig {
  const path = join(dir, agentFiles.config);
  try {
    return nodeConfigSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new StixError({
      code: "file-not-found",
      message: `'${path}' is not a node's configuration: ${errorText(error)}`,
      hint: "the controller writes it when it makes the node",
      cause: error,
    });
  }
}

/** A machine's own boot id; of a local node, whose machine goes on, the life of its supervisor. */
function bootId(node: NodeConfig): string {
  const kernel = kernelBootId();
  if (node.selfStop.kind !== "local") return kernel;
  return `${kernel}:${process.ppid}:${readEntry(process.ppid)?.startTime ?? ""}`;
}

/** Empty when it cannot be read: a system without /proc has then one boot for ever. */
function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Milliseconds to add to the clock: tests move time by writing a file. */
export function readClockOffset(path: string | null): number {
  if (path === null) return 0;
  const offset = Number(tryRead(path).trim() || 0);
  return Number.isFinite(offset) ? offset : 0;
}
