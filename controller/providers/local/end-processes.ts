// Ends every process of some nodes and proves it: by session, control group, mark in the environment, output files and descent.
import { setTimeout as pause } from "node:timers/promises";
import { environmentOf, listProcesses, outputFilesOf, type ProcessFacts } from "../kit/process-table.ts";
import { groupMembers, tryKillGroup, tryRemoveGroup } from "./control-group.ts";
import type { SupervisorFile } from "./types.ts";

export interface NodeTraces {
  /** `<cid>/<nid>`, the value of STIX_NODE. */
  readonly mark: string;
  /** The node's folder: absolute, without symbolic links. */
  readonly folder: string;
  readonly supervisor: SupervisorFile | null;
}

/** A process that the kernel holds (a dead network disk) may outlive its signal this long before we say so. */
const PATIENCE_MS = 10_000;

/** Resolves to the numbers that would not die: empty means proven dead. */
export async function endProcesses(nodes: readonly NodeTraces[], signal: AbortSignal): Promise<readonly number[]> {
  const groups = nodes.flatMap((node) => node.supervisor?.cgroup ?? []);
  const deadline = performance.now() + PATIENCE_MS;
  let clear = 0;
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    signal.throwIfAborted();
    for (const group of groups) await tryKillGroup(group);
    const alive = await findProcesses(nodes);
    // Two empty looks: a process between fork and exec may have been missed by one.
    clear = alive.length === 0 ? clear + 1 : 0;
    if (clear === 2) break;
    if (performance.now() > deadline) return alive;
    for (const pid of alive) tryKill(pid);
    await pause(wait);
  }
  for (const group of groups) await tryRemoveGroup(group);
  return [];
}

/** Numbers of all live processes of these nodes; never our own. */
export async function findProcesses(nodes: readonly NodeTraces[]): Promise<number[]> {
  const all = (await listProcesses()).filter((one) => !one.zombie && one.pid !== process.pid && one.pid !== 1);
  const byPid = new Map(all.map((one) => [one.pid, one]));
  const members = new Set((await Promise.all(nodes.flatMap((node) => node.supervisor?.cgroup ?? []).map(groupMembers))).flat());
  const sessions = new Set(nodes.flatMap((node) => (ownsSession(node, byPid) ? [node.supervisor?.pid ?? -1] : [])));
  const marks = new Set(nodes.map((node) => node.mark));
  const found = new Set<number>();
  await Promise.all(all.map(async (one) => {
    const ours = sessions.has(one.session) || members.has(one.pid) || await carriesMark(one.pid, marks) || await writesInto(one.pid, nodes);
    if (ours) found.add(one.pid);
  }));
  addDescendants(found, all);
  found.delete(process.pid);
  return [...found].filter((pid) => byPid.has(pid));
}

/** The number of a dead session leader cannot be given away while its session has members; a live one must be the recorded process. */
function ownsSession(node: NodeTraces, byPid: ReadonlyMap<number, ProcessFacts>): boolean {
  if (node.supervisor === null) return false;
  const leader = byPid.get(node.supervisor.pid);
  return leader === undefined || leader.startedAt === node.supervisor.startedAt;
}

/** Agents are started with STIX_NODE=<cid>/<nid>; they start jobs with STIX_MARK=<cid>/<nid>/<job>…. */
async function carriesMark(pid: number, marks: ReadonlySet<string>): Promise<boolean> {
  return (await environmentOf(pid)).some((entry) => {
    const value = /^STIX_(?:NODE|MARK)=([^/]+\/[^/]+)/.exec(entry)?.[1];
    return value !== undefined && marks.has(value);
  });
}

async function writesInto(pid: number, nodes: readonly NodeTraces[]): Promise<boolean> {
  const files = await outputFilesOf(pid);
  return files.some((file) => nodes.some((node) => file.startsWith(`${node.folder}/`)));
}

function addDescendants(found: Set<number>, all: readonly ProcessFacts[]): void {
  for (let grown = true; grown; ) {
    grown = false;
    for (const one of all) {
      if (found.has(one.pid) || !found.has(one.parent)) continue;
      found.add(one.pid);
      grown = true;
    }
  }
}

/** Gone already is as good. */
function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
}
