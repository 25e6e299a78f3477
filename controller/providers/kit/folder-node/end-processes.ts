// Ends every process of some nodes and proves it: by session, control group, mark in the environment, output files and descent.
// The supervisor of a node and the reaper of each launch (shared/reaper) keep the tree below them complete.
import { realTime } from "#shared/clock.ts";
import { environmentOf, listProcesses, outputFilesOf, type ProcessFacts } from "#shared/os/process-table.ts";
import { childrenOf, commandOf } from "#shared/os/proc.ts";
import { groupMembers, tryKillGroup, tryRemoveGroup } from "#shared/os/cgroup.ts";
import type { SupervisorFile } from "./files.ts";

export interface NodeTraces {
  /** `<cid>/<nid>`, the value of STIX_NODE. */
  readonly mark: string;
  /** The node's folder: absolute, without symbolic links. */
  readonly folder: string;
  readonly supervisor: SupervisorFile | null;
}

/** In a node's folder: what the agent starts its launches with. */
const REAPER = "agent/shell/reap";
/** A process that the kernel holds (a dead network disk) may outlive its signal this long before we say so. */
const PATIENCE_MS = 10_000;

/** Whoever is woken again and again is killed all the same after so many looks. */
const FREEZE_LOOKS_MAX = 25;
/** A reaper with nobody below ends at once, unless somebody stopped it. */
const ALONE_LOOKS_MAX = 20;

interface Look {
  /** Supervisors and reapers: whoever loses his parent becomes their child, so they go last. */
  readonly roots: readonly ProcessFacts[];
  readonly others: readonly ProcessFacts[];
}

/**
 * Resolves to the numbers that would not die: empty means proven dead. First all are stopped, for what is stopped cannot
 * fork or start another; when everybody found is, they are killed, and those that keep the tree together at the end.
 */
export async function endProcesses(nodes: readonly NodeTraces[], signal: AbortSignal): Promise<readonly number[]> {
  const frozen = new Set<number>();
  try {
    return await freezeAndKill(nodes, frozen, signal);
  } catch (error) {
    // Given up half-way: who lives still goes on.
    for (const { pid } of await listProcesses()) if (frozen.has(pid)) trySignal(pid, "SIGCONT");
    throw error;
  }
}

async function freezeAndKill(
  nodes: readonly NodeTraces[],
  frozen: Set<number>,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const groups = nodes.flatMap((node) => node.supervisor?.cgroup ?? []);
  const supervisors = new Set(nodes.map((node) => node.supervisor?.pid));
  const deadline = realTime.monotonic() + PATIENCE_MS;
  let clear = 0;
  let freezes = 0;
  let alone = 0;
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    signal.throwIfAborted();
    const { roots, others } = await lookFor(nodes);
    // Two empty looks: a process between fork and exec may have been missed by one.
    clear = roots.length + others.length === 0 ? clear + 1 : 0;
    if (clear === 2) break;
    if (realTime.monotonic() > deadline) return [...others, ...roots].map(({ pid }) => pid);
    const awake = [...roots.filter(({ pid }) => supervisors.has(pid)), ...others].filter(({ stopped }) => !stopped);
    if (awake.length > 0 && freezes < FREEZE_LOOKS_MAX) {
      freezes += 1;
      for (const { pid } of awake) {
        frozen.add(pid);
        trySignal(pid, "SIGSTOP");
      }
    } else if (others.length > 0) {
      freezes = 0;
      for (const { pid } of others) trySignal(pid, "SIGKILL");
    } else {
      alone += 1;
      await endRoots(roots, supervisors, alone > ALONE_LOOKS_MAX);
      for (const group of groups) tryKillGroup(group);
    }
    await realTime.sleep(wait);
  }
  for (const group of groups) tryRemoveGroup(group);
  return [];
}

/** The table shows nobody below them. One who forks and ends faster than the table is read is still a child of theirs. */
async function endRoots(
  roots: readonly ProcessFacts[],
  supervisors: ReadonlySet<number | undefined>,
  impatient: boolean,
): Promise<void> {
  const pids = roots.map(({ pid }) => pid);
  const reapers = pids.filter((pid) => !supervisors.has(pid));
  for (const pid of pids) for (const child of childrenOf(pid)) if (!pids.includes(child)) trySignal(child, "SIGKILL");
  for (const pid of reapers) trySignal(pid, impatient ? "SIGKILL" : "SIGCONT");
  if (reapers.length === 0) for (const pid of pids) trySignal(pid, "SIGKILL");
}

/** Numbers of all live processes of these nodes; never our own. */
export async function findProcesses(nodes: readonly NodeTraces[]): Promise<number[]> {
  const { roots, others } = await lookFor(nodes);
  return [...roots, ...others].map(({ pid }) => pid);
}

async function lookFor(nodes: readonly NodeTraces[]): Promise<Look> {
  const all = (await listProcesses()).filter((one) => !one.zombie && one.pid !== process.pid && one.pid !== 1);
  const byPid = new Map(all.map((one) => [one.pid, one]));
  const members = new Set(nodes.flatMap((node) => node.supervisor?.cgroup ?? []).flatMap(groupMembers));
  const sessions = new Set(nodes.flatMap((node) => (ownsSession(node, byPid) ? [node.supervisor?.pid ?? -1] : [])));
  const marks = new Set(nodes.map((node) => node.mark));
  const found = new Set<number>();
  await Promise.all(
    all.map(async (one) => {
      const ours =
        sessions.has(one.session) ||
        members.has(one.pid) ||
        (await carriesMark(one.pid, marks)) ||
        (await writesInto(one.pid, nodes));
      if (ours) found.add(one.pid);
    }),
  );
  addDescendants(found, all);
  found.delete(process.pid);
  const living = all.filter(({ pid }) => found.has(pid));
  const reapers = new Set(nodes.map((node) => `${node.folder}/${REAPER}`));
  const isRoot = ({ pid }: ProcessFacts) => sessions.has(pid) || reapers.has(commandOf(pid));
  return { roots: living.filter(isRoot), others: living.filter((one) => !isRoot(one)) };
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
  for (let grown = true; grown;) {
    grown = false;
    for (const one of all) {
      if (found.has(one.pid) || !found.has(one.parent)) continue;
      found.add(one.pid);
      grown = true;
    }
  }
}

/** Gone already is as good. */
function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {}
}
