// Control groups (version 2), where this user may make them: no process can leave one unseen.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where version 2 is mounted: alone, or beside version 1. */
const MOUNTS = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] as const;

/** The folder of a group below this process's own, there or not; null where there is no version 2. */
export function groupFolder(name: string): string | null {
  const mount = MOUNTS.find((path) => existsSync(membersFile(path)));
  if (mount === undefined) return null;
  const own = /^0::(.*)$/m.exec(readText("/proc/self/cgroup"))?.[1] ?? "/";
  return join(mount, own, name);
}

/** Null where that is not permitted; processes are then found by mark, session and descent alone. */
export function tryMakeGroup(folder: string): string | null {
  try {
    mkdirSync(folder, { recursive: true });
    return existsSync(membersFile(folder)) ? folder : null;
  } catch {
    return null;
  }
}

/** The file of a group that takes the number of a process that shall join. */
export function membersFile(folder: string): string {
  return join(folder, "cgroup.procs");
}

/** Process numbers in the group and in groups below it. */
export function groupMembers(folder: string): number[] {
  const own = readText(membersFile(folder))
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
  return [...own, ...childFolders(folder).flatMap(groupMembers)];
}

/** Kills every member at once (Linux 5.14); on older kernels they are killed one by one all the same. */
export function tryKillGroup(folder: string): void {
  try {
    writeFileSync(join(folder, "cgroup.kill"), "1");
  } catch {
    return;
  }
}

/** A group with a process in it refuses to go, and an empty one left behind costs nothing. */
export function tryRemoveGroup(folder: string): void {
  for (const child of childFolders(folder)) tryRemoveGroup(child);
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
}

function childFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
