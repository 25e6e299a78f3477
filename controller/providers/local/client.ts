// Reads and changes the folders of local nodes. Decides nothing about clusters.
import { readJson } from "#shared/os/json-file.ts";
import { writeWhole } from "#shared/os/whole-file.ts";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { agentFiles, autostopMarkerSchema } from "#shared/wire/node-config.ts";
import type { Instance, InstanceState } from "../contract/instance.ts";
import { endProcesses, findProcesses } from "../kit/folder-node/end-processes.ts";
import { NODE_ID, nodeFiles, type InstanceFile } from "../kit/folder-node/files.ts";
import {
  agentFolder,
  endNode,
  homeFolder,
  isAlive,
  nodePlace,
  readInstance,
  readSupervisor,
  tracesOf,
  type NodePlace,
} from "../kit/folder-node/node.ts";
import { LOCAL_REGION } from "./manifest.ts";

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
    attempt: record?.attempt ?? null,
    region: LOCAL_REGION,
    zone: null,
    nid: place.nid,
    instanceId: record?.instanceId ?? `${place.cid}-${place.nid}`,
    state,
    internalIp: record?.ip ?? "",
    externalIp: record?.ip ?? null,
    autostopped: marker?.action ?? null,
    reach: { kind: "folder", folder: place.folder },
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

/** Ends the nodes' processes and marks the nodes stopped. Answers the numbers that would not die. */
export async function stopNodes(places: readonly NodePlace[], signal: AbortSignal): Promise<readonly number[]> {
  await Promise.all(places.map((place) => writeFile(`${place.folder}/${nodeFiles.stopped}`, "")));
  const left = await endProcesses(await Promise.all(places.map(tracesOf)), signal);
  if (left.length === 0)
    await Promise.all(places.map((place) => rm(`${place.folder}/${nodeFiles.supervisor}`, { force: true })));
  return left;
}

/** Makes stopped and dead nodes ready for their agent to be started. */
export async function wakeNode(place: NodePlace): Promise<void> {
  const supervisor = await readSupervisor(place);
  if (supervisor !== null && !(await isAlive(supervisor))) await endNode(place);
  await rm(`${agentFolder(place)}/${agentFiles.autostopMarker}`, { force: true });
  await rm(`${place.folder}/${nodeFiles.stopped}`, { force: true });
}

/** Ends everything of these nodes and deletes their folders. Answers the numbers that would not die. */
export async function removeNodes(places: readonly NodePlace[], signal: AbortSignal): Promise<readonly number[]> {
  const left = await endProcesses(await Promise.all(places.map(tracesOf)), signal);
  if (left.length === 0) await Promise.all(places.map(({ folder }) => removeTree(folder)));
  return left;
}

/** Deletes what is left of a cluster that has no nodes any more. */
export async function removeCluster(root: string, cid: string): Promise<void> {
  if ((await nodePlaces(root, cid)).length === 0) await removeTree(`${root}/${cid}`);
}

/** Numbers of the live processes of a cluster; for tests and proofs. */
export async function clusterProcesses(root: string, cid: string): Promise<number[]> {
  return findProcesses(await Promise.all((await nodePlaces(root, cid)).map(tracesOf)));
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
