// A control group for each attempt, where the machine lets us make one: then no process can leave the job unseen.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface NodeCgroup {
  /** Makes the group of an attempt and gives its folder; null when it cannot be made now. */
  create(jid: number, attempt: number): string | null;
  pids(jid: number | null, attempt: number): number[];
  /** Kills everything in the attempt's group at once. */
  killAll(jid: number, attempt: number): void;
  /** Removes the group if nothing lives in it. */
  tryRemove(jid: number, attempt: number): void;
  /** Removes the empty groups of all attempts and the node's own. */
  tryRemoveAll(): void;
}

/** Null where cgroup2 is not mounted or not ours. */
export function openNodeCgroup(name: string): NodeCgroup | null {
  const mount = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].find((path) => existsSync(join(path, "cgroup.procs")));
  if (mount === undefined) return null;
  const own =
    readText("/proc/self/cgroup")
      .split("\n")
      .find((line) => line.startsWith("0::"))
      ?.slice(3) ?? "/";
  const root = join(mount, own, `stix-${name}`);
  const folder = (jid: number, attempt: number) => join(root, `${jid}-${attempt}`);
  try {
    mkdirSync(root, { recursive: true });
    mkdirSync(join(root, "probe"), { recursive: true });
    rmdirSync(join(root, "probe"));
  } catch {
    // Not permitted: processes are found by mark, session and descent alone.
    return null;
  }
  return {
    create: (jid, attempt) => {
      try {
        mkdirSync(folder(jid, attempt), { recursive: true });
        return folder(jid, attempt);
      } catch {
        return null;
      }
    },
    pids: (jid, attempt) => pidsBelow(jid === null ? root : folder(jid, attempt)),
    killAll: (jid, attempt) => {
      try {
        writeFileSync(join(folder(jid, attempt), "cgroup.kill"), "1");
      } catch {
        // Older kernels lack cgroup.kill; the processes are killed one by one all the same.
      }
    },
    tryRemove: (jid, attempt) => tryRemoveTree(folder(jid, attempt)),
    tryRemoveAll: () => tryRemoveTree(root),
  };
}

function pidsBelow(folder: string): number[] {
  const own = readText(join(folder, "cgroup.procs"))
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
  return [...own, ...childFolders(folder).flatMap(pidsBelow)];
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

/** A group with a process in it refuses to go; it goes when its attempt's node stops. */
function tryRemoveTree(folder: string): void {
  for (const child of childFolders(folder)) tryRemoveTree(child);
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
