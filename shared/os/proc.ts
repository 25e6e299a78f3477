// The kernel's table of processes, /proc: who lives, whose child, of which session, in which surroundings. Where there is none,
// nothing is found.
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessEntry {
  readonly pid: number;
  /** One letter: R, S, D, … T and t are stopped, Z and X are dead. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Processor time of its own so far, in clock ticks (100 a second). */
  readonly cpuTicks: number;
  /** Clock ticks since boot: with the pid it names one process until the next boot. */
  readonly startTime: string;
}

/** A line of proc(5) stat as it stands; empty when there is no such process. Kept in files, it tells later who was meant. */
export function statLine(pid: number): string {
  return tryRead(`/proc/${pid}/stat`);
}

/** Parses such a line; the name in brackets may hold anything, brackets too. Null when it is not one. */
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
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    startTime,
  };
}

/** Dead ones that nobody collected yet included. */
export function readEntry(pid: number): ProcessEntry | null {
  return parseStat(statLine(pid));
}

/** Null: no such process, or it is dead and only not yet collected. */
export function readProcess(pid: number): ProcessEntry | null {
  const entry = readEntry(pid);
  return entry === null || isDead(entry.state) ? null : entry;
}

export function isDead(state: string): boolean {
  return state === "Z" || state === "X";
}

/** By a signal, a terminal or a debugger: it neither runs nor forks. */
export function isStopped(state: string): boolean {
  return state === "T" || state === "t";
}

/** Every living process. */
export function listProcesses(): ProcessEntry[] {
  return listPids().flatMap((pid) => readProcess(pid) ?? []);
}

export function listPids(): number[] {
  return tryList("/proc").map(Number).filter(Number.isInteger);
}

/** The environment a process was started with, NAME=value separated by NUL. Empty for another user's process. */
export function environmentOf(pid: number): string {
  return tryRead(`/proc/${pid}/environ`);
}

/** True when that environment holds `text`. */
export function environmentHolds(pid: number, text: string): boolean {
  return environmentOf(pid).includes(text);
}

/** The words a process was called with; none when it is gone or dead. */
export function wordsOf(pid: number): string[] {
  return tryRead(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
}

/** The program that a process runs, as it was called; empty when it is gone. */
export function commandOf(pid: number): string {
  return wordsOf(pid)[0] ?? "";
}

/** Numbers of a process's children, dead ones that nobody asked for included. Read at one blow; empty where the kernel does not tell. */
export function childrenOf(pid: number): number[] {
  return tryRead(`/proc/${pid}/task/${pid}/children`)
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}

/** Changes with every boot of the machine; start times are only comparable within one. Empty where the kernel does not tell. */
export function bootId(): string {
  return tryRead("/proc/sys/kernel/random/boot_id").trim();
}

/** Empty: gone, or not ours to read. Both mean the same here. */
function tryRead(path: string, encoding: "latin1" | "utf8" = "latin1"): string {
  try {
    return readFileSync(path, encoding);
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
