// What tells on a node's disk how a launch stands, in its attempt's folder: the log file, made before the fork, is the
// claim that it is started at most once; the reaper writes its pid and later its exit code into a file beside it; a file
// `killed` forbids any further start. Few files, because making one is the dearest part of starting a job.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseStat, readProcess, type ProcessEntry } from "#shared/os/proc.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";

export function attemptFolder(jobs: string, jid: number, attempt: number): string {
  return join(jobs, String(jid), String(attempt));
}

/** Written by the reaper alone: a line with what /proc said of it, a line with the exit code. */
export function notesPath(jobs: string, key: LaunchKey): string {
  return join(attemptFolder(jobs, key.jid, key.attempt), `${key.phase}-${key.index}`);
}

export function logPath(jobs: string, key: LaunchKey): string {
  const name = key.phase === "setup" ? `setup-${key.index}.log` : `rank-${key.index}.log`;
  return join(attemptFolder(jobs, key.jid, key.attempt), name);
}

/** The log, open for appending, when this call made it: the caller alone may start. Null when it was there. Throws when the disk does not take it. */
export function claimLaunch(jobs: string, key: LaunchKey): number | null {
  mkdirSync(attemptFolder(jobs, key.jid, key.attempt), { recursive: true, mode: 0o700 });
  const path = logPath(jobs, key);
  try {
    return openSync(path, "ax", 0o600);
  } catch (error) {
    if (existsSync(path)) return null;
    throw error;
  }
}

/** Only for a start that failed before anything was forked. */
export function dropClaim(jobs: string, key: LaunchKey, output: number): void {
  closeSync(output);
  rmSync(logPath(jobs, key), { force: true });
}

/** From now on nothing of this attempt starts on this node. */
export function forbidStart(jobs: string, jid: number, attempt: number): void {
  const folder = attemptFolder(jobs, jid, attempt);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(forbiddenPath(jobs, jid, attempt), "");
}

/** While this file is there nothing of the attempt starts. */
export function forbiddenPath(jobs: string, jid: number, attempt: number): string {
  return join(attemptFolder(jobs, jid, attempt), "killed");
}

export function isForbidden(jobs: string, jid: number, attempt: number): boolean {
  return existsSync(forbiddenPath(jobs, jid, attempt));
}

export type RecordState =
  | { readonly is: "absent" }
  | { readonly is: "unstarted" }
  | { readonly is: "running"; readonly pid: number }
  /** Its reaper is gone without a word: what it had below may still live. */
  | { readonly is: "broken" }
  | { readonly is: "exited"; readonly exitCode: number };

/** What the notes and the process table say together. */
export function readRecord(jobs: string, key: LaunchKey): RecordState {
  const noted = readNotes(jobs, key);
  if (noted.exitCode !== null) return { is: "exited", exitCode: noted.exitCode };
  if (noted.reaper === null) return { is: existsSync(logPath(jobs, key)) ? "unstarted" : "absent" };
  const living = readProcess(noted.reaper.pid);
  if (living?.startTime === noted.reaper.startTime) return { is: "running", pid: noted.reaper.pid };
  // It may have ended between the two looks.
  const { exitCode } = readNotes(jobs, key);
  return exitCode === null ? { is: "broken" } : { is: "exited", exitCode };
}

/** The reaper's pid, dead or alive. */
export function readPid(jobs: string, key: LaunchKey): number | null {
  return readNotes(jobs, key).reaper?.pid ?? null;
}

/** Only lines that ended with their newline count. */
function readNotes(jobs: string, key: LaunchKey): { reaper: ProcessEntry | null; exitCode: number | null } {
  const [first, second, ...rest] = tryRead(notesPath(jobs, key)).split("\n");
  const reaper = second === undefined ? null : parseStat(first ?? "");
  return { reaper, exitCode: second === undefined || rest.length === 0 ? null : Number(second) };
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
