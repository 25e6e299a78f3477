// The environment of a job's processes: SkyPilot's contract, and nothing of the agent's own environment but what a login has.
import type { StartOrder } from "./orders.ts";

/** A job's processes are found by this variable: `<cid>/<nid>/<jid>/<attempt>/<phase>-<index>`. */
export const MARK = "STIX_MARK";

/** What a job keeps of the agent's environment. */
const inherited = new Set([
  "PATH", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME", "SHELL", "TERM", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR",
  "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "all_proxy", "CUDA_HOME",
]);

/** Names that bash can export. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

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

/** The whole environment of one launch. The task's own variables come first, ours win over them. */
export function jobEnvironment(node: NodeFacts, order: StartOrder, index: number, devices: readonly number[]): Record<string, string> {
  const task: Record<string, string> = { ...order.envs, ...order.secrets };
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
  };
  if (order.phase === "setup") delete named["CUDA_VISIBLE_DEVICES"];
  const base: Record<string, string> = {};
  for (const [name, value] of Object.entries(node.agentEnv)) {
    if (value !== undefined && (inherited.has(name) || name.startsWith("LC_"))) base[name] = value;
  }
  return {
    ...base,
    HOME: node.home,
    ...named,
    PYTHONUNBUFFERED: "1",
    [MARK]: `${markOf(node, order.jid, order.attempt)}${order.phase}-${index}`,
    STIX_ENV_NAMES: [...Object.keys(named).filter((name) => NAME.test(name)), MARK].join(" "),
  };
}

function setupVariables(order: StartOrder, index: number): Record<string, string> {
  return {
    SKYPILOT_SETUP_NODE_RANK: String(index),
    SKYPILOT_SETUP_NODE_IPS: order.ips.join("\n"),
    SKYPILOT_SETUP_NUM_GPUS_PER_NODE: String(order.gpusPerNode),
  };
}

function runVariables(node: NodeFacts, order: StartOrder, index: number, devices: readonly number[]): Record<string, string> {
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
