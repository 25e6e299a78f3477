// The environment of a job's processes: SkyPilot's contract, and nothing of the agent's own environment but what a login has.
import { canSetVariable } from "./launch-text.ts";
import type { StartOrder } from "#shared/wire/launches.ts";

/** A job's processes are found by this variable: `<cid>/<nid>/<jid>/<attempt>/<phase>-<index>`. */
export const MARK = "STIX_MARK";

/** What a job keeps of the agent's environment. */
const inherited = new Set([
  "PATH",
  "LANG",
  "LANGUAGE",
  "TZ",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "TMPDIR",
  "LD_LIBRARY_PATH",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "all_proxy",
  "CUDA_HOME",
]);

export interface NodeFacts {
  readonly cid: string;
  readonly nid: string;
  readonly home: string;
  /** Devices of the node, real or counted. */
  readonly deviceCount: number;
  readonly agentEnv: Readonly<Record<string, string | undefined>>;
}

export function markOf(node: Pick<NodeFacts, "cid" | "nid">, jid: number, attempt: number): string {
  return `${node.cid}/${node.nid}/${jid}/${attempt}/`;
}

export interface LaunchEnvironment {
  /** What bash is started with: what a login has, the mark, and what no script could set. */
  readonly started: Readonly<Record<string, string>>;
  /** What the script has besides, set after ~/.bashrc was read. Only names that a script can set. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The environment of one launch. The task's own variables are what they are; only SkyPilot's names and our mark win over
 * them. Throws for a value that no variable can have.
 */
export function jobEnvironment(
  node: NodeFacts,
  order: StartOrder,
  index: number,
  devices: readonly number[],
): LaunchEnvironment {
  const task: Record<string, string> = { PYTHONUNBUFFERED: "1", ...order.envs, ...order.secrets };
  const own = order.phase === "setup" ? setupVariables(order, index) : runVariables(node, order, index, devices);
  const named: Record<string, string> = {
    ...task,
    ...own,
    // A managed job keeps its id over recoveries, so its controller may set it.
    SKYPILOT_TASK_ID: task["SKYPILOT_TASK_ID"] ?? order.taskId,
    SKYPILOT_NUM_NODES: String(order.numNodes),
    SKYPILOT_CLUSTER_INFO: order.clusterInfo,
    SKYPILOT_USER: order.user,
    STIX_ATTEMPT: String(order.attempt),
    [MARK]: `${markOf(node, order.jid, order.attempt)}${order.phase}-${index}`,
  };
  if (order.phase === "setup") delete named["CUDA_VISIBLE_DEVICES"];
  const started: Record<string, string> = {};
  for (const [name, value] of Object.entries(node.agentEnv)) {
    if (value !== undefined && (inherited.has(name) || name.startsWith("LC_"))) started[name] = value;
  }
  started["HOME"] = node.home;
  started[MARK] = named[MARK] ?? "";
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(named)) {
    if (value.includes("\0")) throw new Error(`the variable ${name} holds a NUL character, which no variable can`);
    if (canSetVariable(name)) variables[name] = value;
    else started[name] = value;
  }
  return { started, variables };
}

function setupVariables(order: StartOrder, index: number): Record<string, string> {
  return {
    SKYPILOT_SETUP_NODE_RANK: String(index),
    SKYPILOT_SETUP_NODE_IPS: order.ips.join("\n"),
    SKYPILOT_SETUP_NUM_GPUS_PER_NODE: String(order.gpusPerNode),
  };
}

function runVariables(
  node: NodeFacts,
  order: StartOrder,
  index: number,
  devices: readonly number[],
): Record<string, string> {
  return {
    SKYPILOT_NODE_RANK: String(index),
    SKYPILOT_NODE_IPS: order.ips.join("\n"),
    SKYPILOT_NUM_GPUS_PER_NODE: String(order.gpusPerNode),
    SKYPILOT_INTERNAL_JOB_ID: String(order.jid),
    // On a node with devices, a job that asked for none sees none.
    ...(node.deviceCount > 0 ? { CUDA_VISIBLE_DEVICES: realDevices(node, devices).join(",") } : {}),
  };
}

/** A node that has only some of its machine's devices is told their numbers by STIX_DEVICES. */
function realDevices(node: NodeFacts, devices: readonly number[]): readonly (number | string)[] {
  const own = node.agentEnv["STIX_DEVICES"]?.split(",") ?? [];
  return devices.map((device) => own[device] ?? device);
}
