// Reads the machine's processes from /proc: who is alive, whose child, of which session, and who carries a mark.
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessEntry {
  readonly pid: number;
  /** One letter: R, S, D, … Z and X are dead. */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since boot: with the pid it names one process for ever. */
  readonly startTime: string;
}

/** Parses a line of /proc/<pid>/stat; the name in brackets may hold anything. Null when it is not one. */
export function parseStat(line: string): ProcessEntry | null {
  const pid = Number.parseInt(line, 10);
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const startTime = fields[19];
  if (!Number.isInteger(pid) || startTime === undefined) return null;
  return { pid, state: fields[0] ?? "X", parent: Number(fields[1]), session: Number(fields[3]), startTime };
}

/** Null: no such process, or it is dead and only not yet collected. */
export function readProcess(pid: number): ProcessEntry | null {
  const entry = parseStat(tryRead(`/proc/${pid}/stat`));
  return entry === null || entry.state === "Z" || entry.state === "X" ? null : entry;
}

/** Every living process. */
export function listProcesses(): ProcessEntry[] {
  const found: ProcessEntry[] = [];
  for (const name of tryList("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const entry = readProcess(pid);
    if (entry !== null) found.push(entry);
  }
  return found;
}

/** True when the environment the process was started with holds `text`. False for another user's process. */
export function environmentHolds(pid: number, text: string): boolean {
  return tryRead(`/proc/${pid}/environ`).includes(text);
}

/**
 * The processes that carry a mark (`variable=value prefix`), or live in one of `sessions`, or descend from such a process.
 * Never this process itself.
 */
export function findMarked(mark: string, sessions: ReadonlySet<number>): ProcessEntry[] {
  const all = listProcesses();
  const found = new Map<number, ProcessEntry>();
  for (const entry of all) {
    if (entry.pid === process.pid) continue;
    if (sessions.has(entry.session) || environmentHolds(entry.pid, mark)) found.set(entry.pid, entry);
  }
  for (let grew = found.size > 0; grew; ) {
    grew = false;
    for (const entry of all) {
      if (found.has(entry.pid) || !found.has(entry.parent) || entry.pid === process.pid) continue;
      found.set(entry.pid, entry);
      grew = true;
    }
  }
  return [...found.values()];
}

/** Empty: gone, or not ours to read. Both mean the same here. */
function tryRead(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function tryList(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
