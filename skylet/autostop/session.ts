// Finds interactive sessions: a process with a terminal below an ssh server. A command over ssh without a terminal is none.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { environmentHolds, listProcesses, type ProcessEntry } from "#shared/os/proc.ts";

const servers = new Set(["sshd", "sshd-session", "dropbear"]);

/** `home`: on a machine that is shared with others (a local node) only sessions with this HOME count; null: all. */
export function hasInteractiveSession(home: string | null): boolean {
  const all = listProcesses();
  const byPid = new Map(all.map((entry) => [entry.pid, entry]));
  return all.some((entry) => {
    if (!hasServerAncestor(entry, byPid) || !hasTerminal(entry.pid)) return false;
    return home === null || environmentHolds(entry.pid, `HOME=${home}\0`);
  });
}

function hasServerAncestor(entry: ProcessEntry, byPid: ReadonlyMap<number, ProcessEntry>): boolean {
  let ancestor = byPid.get(entry.parent);
  for (let depth = 0; ancestor !== undefined && depth < 64; depth++) {
    if (servers.has(commandName(ancestor.pid))) return true;
    ancestor = byPid.get(ancestor.parent);
  }
  return false;
}

function commandName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

function hasTerminal(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => tryTarget(`/proc/${pid}/fd/${fd}`).startsWith("/dev/pts/"));
  } catch {
    return false;
  }
}

function tryTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
