// Reads the machine's processes from /proc: who is alive, whose child, of which session, and who carries a mark.
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessEntry {
  readonly pid: number;
  /** One letter: R, S, D, … Z and X are dead. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
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
  return {
    pid,
    state: fields[0] ?? "X",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTime,
  };
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

/** The program that a process runs, as it was called; empty when it is gone. */
export function commandOf(pid: number): string {
  const words = tryRead(`/proc/${pid}/cmdline`);
  return words.slice(0, Math.max(0, words.indexOf("\0")));
}

/** Numbers of a process's children, dead ones that nobody asked for included. Read at one blow; empty where the kernel does not tell. */
export function childrenOf(pid: number): number[] {
  return tryRead(`/proc/${pid}/task/${pid}/children`)
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}

/** The processes that carry a mark (`variable=value prefix`) or live in one of `sessions`. Never this process itself. */
export function findMarked(all: readonly ProcessEntry[], mark: string, sessions: ReadonlySet<number>): ProcessEntry[] {
  return all.filter(
    ({ pid, session }) => pid !== process.pid && (sessions.has(session) || environmentHolds(pid, mark)),
  );
}

/** These processes and all below them, but nobody below this process that is not below them. */
export function withDescendants(all: readonly ProcessEntry[], first: readonly ProcessEntry[]): ProcessEntry[] {
  const found = new Map(first.map((entry) => [entry.pid, entry]));
  for (let grew = found.size > 0; grew;) {
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
