// Reads and changes the folders of local nodes and starts their supervisors. Decides nothing about clusters.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { agentFiles, autostopMarkerSchema } from "#shared/wire/node-config.ts";
import type { Instance, InstanceState } from "../contract/provider.ts";
import type { ProviderEnvironment } from "../contract/environment.ts";
import { bootId, readProcess } from "../kit/process-table.ts";
import { readJson } from "#shared/os/json-file.ts";
import { writeWhole } from "#shared/os/whole-file.ts";
import { makeControlGroup } from "./control-group.ts";
import { endProcesses, findProcesses, type NodeTraces } from "./end-processes.ts";
import { spawnSupervisor } from "./spawn-supervisor.ts";
import { SUPERVISOR_SCRIPT, nodeEnvironment } from "./supervisor.ts";
import {
  instanceFileSchema,
  NODE_ID,
  nodeFiles,
  supervisorFileSchema,
  type InstanceFile,
  type SupervisorFile,
} from "./types.ts";

export interface NodePlace {
  readonly cid: string;
  readonly nid: string;
  /** Absolute folder of the node. */
  readonly folder: string;
}

export function nodePlace(root: string, cid: string, nid: string): NodePlace {
  return { cid, nid, folder: `${root}/${cid}/${nid}` };
}

/** Every node folder of the cluster, or of all clusters; complete or not. */
export async function nodePlaces(root: string, cid: string | null): Promise<NodePlace[]> {
  const clusters = cid === null ? await foldersIn(root) : [cid];
  const nodes = await Promise.all(
    clusters.map(async (one) =>
      (await foldersIn(`${root}/${one}`)).filter((name) => NODE_ID.test(name)).map((nid) => nodePlace(root, one, nid)),
    ),
  );
  return nodes.flat().sort((a, b) => a.cid.localeCompare(b.cid) || Number(a.nid.slice(1)) - Number(b.nid.slice(1)));
}

export function readInstance(place: NodePlace): Promise<InstanceFile | null> {
  return readJson(`${place.folder}/${nodeFiles.instance}`, instanceFileSchema);
}

/** Lays the folders and, last, the record; doing it again changes nothing. */
export async function makeNode(place: NodePlace, record: InstanceFile): Promise<void> {
  await mkdir(agentFolder(place), { recursive: true, mode: 0o700 });
  await mkdir(homeFolder(place), { recursive: true, mode: 0o700 });
  await writeWhole(`${place.folder}/${nodeFiles.instance}`, `${JSON.stringify(record)}\n`);
}

/** The node as the contract tells it, from its folder and its supervisor's process. */
export async function inspectNode(place: NodePlace): Promise<Instance> {
  const record = await readInstance(place);
  const marker = await readJson(`${agentFolder(place)}/${agentFiles.autostopMarker}`, autostopMarkerSchema);
  const state = record === null ? "dead" : await stateOf(place, marker !== null);
  return {
    cid: place.cid,
    nid: place.nid,
    instanceId: record?.instanceId ?? `${place.cid}-${place.nid}`,
    state,
    internalIp: record?.ip ?? "",
    externalIp: record?.ip ?? null,
    autostopped: marker?.action ?? null,
  };
}

async function stateOf(place: NodePlace, marked: boolean): Promise<InstanceState> {
  if (existsSync(`${place.folder}/${nodeFiles.stopped}`)) return "stopped";
  const supervisor = await readSupervisor(place);
  const alive = supervisor !== null && (await isAlive(supervisor));
  if (marked) return alive ? "stopping" : "stopped";
  if (supervisor === null) return "pending";
  return alive ? "running" : "dead";
}

/** Starts the supervisor unless it lives. The caller lets only one in at a time for each node. */
export async function startSupervisor(place: NodePlace, environment: ProviderEnvironment): Promise<void> {
  const recorded = await readSupervisor(place);
  if (recorded !== null && (await isAlive(recorded))) return;
  const starting = `${place.folder}/${nodeFiles.starting}`;
  // A supervisor that died left its agent and jobs: the node's next life begins without them. Intent that was never
  // followed by a record means that a supervisor may run that nobody knows of.
  if (recorded !== null || existsSync(starting))
    await endProcesses([await tracesOf(place)], AbortSignal.timeout(15_000));
  const [record, agent] = await Promise.all([readInstance(place), environment.locateAgent()]);
  await writeWhole(`${place.folder}/supervisor.sh`, SUPERVISOR_SCRIPT, { mode: 0o700 });
  await writeFile(starting, "");
  await rm(`${agentFolder(place)}/failing`, { force: true });
  const cgroup = await makeControlGroup(place.cid, place.nid);
  const folder = agentFolder(place);
  const script = [`${place.folder}/supervisor.sh`, folder, cgroup === null ? "" : `${cgroup}/cgroup.procs`];
  const pid = await spawnSupervisor(place.folder, ["/bin/sh", ...script, agent, "run", "--dir", folder], {
    cwd: homeFolder(place),
    env: nodeEnvironment(environment.env, {
      mark: markOf(place),
      home: homeFolder(place),
      devices: record?.devices ?? [],
    }),
  });
  const facts = await readProcess(pid);
  const supervisor: SupervisorFile = { pid, startedAt: facts?.startedAt ?? "", bootId: await bootId(), cgroup };
  await writeWhole(`${place.folder}/${nodeFiles.supervisor}`, `${JSON.stringify(supervisor)}\n`);
  await rm(starting, { force: true });
}

/** A failing agent is started again after 5 s at the latest. */
const FAILING_MS = 10_000;

/** The agent's last line, while it fails again and again. */
export async function agentComplaint(place: NodePlace): Promise<string | null> {
  const failing = await stat(`${agentFolder(place)}/failing`).catch(() => null);
  // One that failed and then stayed up touches the file no more.
  if (failing === null || Date.now() - failing.mtimeMs > FAILING_MS) return null;
  const text = await readFile(`${agentFolder(place)}/agent.out`, "utf8").catch(() => "");
  return (
    text
      .trimEnd()
      .split("\n")
      .findLast((line) => line.trim() !== "") ?? "it ends at once and says nothing"
  );
}

/** Ends the nodes' processes and marks the nodes stopped. Answers the numbers that would not die. */
export async function stopNodes(places: readonly NodePlace[], signal: AbortSignal): Promise<readonly number[]> {
  await Promise.all(places.map((place) => writeFile(`${place.folder}/${nodeFiles.stopped}`, "")));
  const left = await endProcesses(await Promise.all(places.map(tracesOf)), signal);
  if (left.length === 0)
    await Promise.all(places.map((place) => rm(`${place.folder}/${nodeFiles.supervisor}`, { force: true })));
  return left;
}

/** Ends everything that runs on a node and forgets its supervisor; the node is not marked as stopped. */
export async function endNode(place: NodePlace): Promise<void> {
  await endProcesses([await tracesOf(place)], AbortSignal.timeout(15_000));
  await rm(`${place.folder}/${nodeFiles.supervisor}`, { force: true });
}

/** Makes stopped and dead nodes ready for their agent to be started. */
export async function wakeNode(place: NodePlace): Promise<void> {
  const supervisor = await readSupervisor(place);
  if (supervisor !== null && !(await isAlive(supervisor))) await endNode(place);
  await rm(`${agentFolder(place)}/${agentFiles.autostopMarker}`, { force: true });
  await rm(`${place.folder}/${nodeFiles.stopped}`, { force: true });
}

/** Ends everything of the cluster and deletes its folders. Answers the numbers that would not die. */
export async function removeNodes(root: string, cid: string, signal: AbortSignal): Promise<readonly number[]> {
  const places = await nodePlaces(root, cid);
  const left = await endProcesses(await Promise.all(places.map(tracesOf)), signal);
  if (left.length === 0) await removeTree(`${root}/${cid}`);
  return left;
}

/** Numbers of the live processes of a cluster; for tests and proofs. */
export async function clusterProcesses(root: string, cid: string): Promise<number[]> {
  return findProcesses(await Promise.all((await nodePlaces(root, cid)).map(tracesOf)));
}

export function agentFolder(place: NodePlace): string {
  return `${place.folder}/agent`;
}

export function homeFolder(place: NodePlace): string {
  return `${place.folder}/home`;
}

function markOf(place: NodePlace): string {
  return `${place.cid}/${place.nid}`;
}

async function tracesOf(place: NodePlace): Promise<NodeTraces> {
  // The system names files by their real path.
  const folder = await realpath(place.folder).catch(() => place.folder);
  return { mark: markOf(place), folder, supervisor: await readSupervisor(place) };
}

function readSupervisor(place: NodePlace): Promise<SupervisorFile | null> {
  return readJson(`${place.folder}/${nodeFiles.supervisor}`, supervisorFileSchema);
}

async function isAlive(supervisor: SupervisorFile): Promise<boolean> {
  const facts = await readProcess(supervisor.pid);
  return (
    facts !== null &&
    !facts.zombie &&
    facts.startedAt === supervisor.startedAt &&
    supervisor.bootId === (await bootId())
  );
}

/** Jobs may leave folders that even their owner may not enter; those are opened first. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch {
    await Bun.spawn(["chmod", "-R", "u+rwX", path], { stdio: ["ignore", "ignore", "ignore"] }).exited;
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function foldersIn(path: string): Promise<string[]> {
  const facts = await stat(path).catch(() => null);
  if (facts === null) return [];
  return (await readdir(path, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
