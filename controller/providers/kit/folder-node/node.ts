// Nodes that are folders of this machine: where each part lies, what is recorded of them, and the end of everything that runs there.
import { readJson } from "#shared/os/json-file.ts";
import { realpath, rm } from "node:fs/promises";
import { realTime } from "#shared/clock.ts";
import { bootId, readProcess } from "#shared/os/process-table.ts";
import { endProcesses, type NodeTraces } from "./end-processes.ts";
import {
  instanceFileSchema,
  nodeFiles,
  supervisorFileSchema,
  type InstanceFile,
  type SupervisorFile,
} from "./files.ts";

/** A system that is busy takes its time with the dead. */
const END_DEADLINE_MS = 15_000;

export interface NodePlace {
  readonly cid: string;
  readonly nid: string;
  /** Absolute folder of the node. */
  readonly folder: string;
}

export function nodePlace(root: string, cid: string, nid: string): NodePlace {
  return { cid, nid, folder: `${root}/${cid}/${nid}` };
}

export function agentFolder({ folder }: { readonly folder: string }): string {
  return `${folder}/agent`;
}

export function homeFolder({ folder }: { readonly folder: string }): string {
  return `${folder}/home`;
}

/** What its processes carry in their environment. */
export function markOf(place: NodePlace): string {
  return `${place.cid}/${place.nid}`;
}

export function readInstance(place: NodePlace): Promise<InstanceFile | null> {
  return readJson(`${place.folder}/${nodeFiles.instance}`, instanceFileSchema);
}

export function readSupervisor(place: NodePlace): Promise<SupervisorFile | null> {
  return readJson(`${place.folder}/${nodeFiles.supervisor}`, supervisorFileSchema);
}

/** Whether the recorded process still is the very same. */
export async function isAlive(supervisor: SupervisorFile): Promise<boolean> {
  const facts = await readProcess(supervisor.pid);
  return (
    facts !== null &&
    !facts.zombie &&
    facts.startedAt === supervisor.startedAt &&
    supervisor.bootId === (await bootId())
  );
}

export async function tracesOf(place: NodePlace): Promise<NodeTraces> {
  // The system names files by their real path.
  const folder = await realpath(place.folder).catch(() => place.folder);
  return { mark: markOf(place), folder, supervisor: await readSupervisor(place) };
}

/** Ends everything that runs on a node and forgets its supervisor; the node is not marked as stopped. */
export async function endNode(place: NodePlace): Promise<void> {
  await endProcesses([await tracesOf(place)], realTime.deadline(END_DEADLINE_MS));
  await rm(`${place.folder}/${nodeFiles.supervisor}`, { force: true });
}
