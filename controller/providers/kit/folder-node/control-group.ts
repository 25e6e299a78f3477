// Control groups (version 2) of local nodes, where this user may make them: the surest way to find and end what a node runs.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";

/** Where version 2 is mounted: alone, or beside version 1. */
const mounts = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] as const;

/** Makes the node's group and answers its folder; null where that is not permitted or not this kind of system. */
export async function makeControlGroup(cid: string, nid: string): Promise<string | null> {
  const mount = mounts.find((path) => existsSync(`${path}/cgroup.procs`));
  if (mount === undefined) return null;
  const folder = `${mount}${await ownGroup()}/stix-${cid}-${nid}`;
  try {
    await mkdir(folder, { recursive: true });
    return existsSync(`${folder}/cgroup.procs`) ? folder : null;
  } catch {
    return null;
  }
}

/** Process numbers in the group and in groups below it. */
export async function groupMembers(folder: string): Promise<number[]> {
  const own = (await readFile(`${folder}/cgroup.procs`, "utf8").catch(() => ""))
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
  const below = (await readdir(folder, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isDirectory());
  const deeper = await Promise.all(below.map((entry) => groupMembers(`${folder}/${entry.name}`)));
  return [...own, ...deeper.flat()];
}

/** Ends every member at once (Linux 5.14); older systems end them one by one elsewhere. */
export async function tryKillGroup(folder: string): Promise<void> {
  await writeFile(`${folder}/cgroup.kill`, "1").catch(() => undefined);
}

/** An empty group left behind costs nothing, so failing is harmless. */
export async function tryRemoveGroup(folder: string): Promise<void> {
  const below = (await readdir(folder, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isDirectory());
  for (const entry of below) await tryRemoveGroup(`${folder}/${entry.name}`);
  await rmdir(folder).catch(() => undefined);
}

async function ownGroup(): Promise<string> {
  const text = await readFile("/proc/self/cgroup", "utf8").catch(() => "");
  const path = /^0::(.*)$/m.exec(text)?.[1] ?? "/";
  return path === "/" ? "" : path;
}
