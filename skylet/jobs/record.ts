// The record of a launch on its node's disk: a folder made before the fork, so that nothing is ever started twice, with
// the wrapper's notes `pid` and `rc` in it. `killed` beside it says that nothing of the attempt may start any more.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseStat, readProcess } from "./process-table.ts";
import type { LaunchKey } from "./orders.ts";

const KILLED = 137;

export function attemptFolder(jobs: string, jid: number, attempt: number): string {
  return join(jobs, String(jid), String(attempt));
}

export function recordFolder(jobs: string, key: LaunchKey): string {
  return join(attemptFolder(jobs, key.jid, key.attempt), `${key.phase}-${key.index}`);
}

export function logPath(jobs: string, key: LaunchKey): string {
  const name = key.phase === "setup" ? `setup-${key.index}.log` : `rank-${key.index}.log`;
  return join(attemptFolder(jobs, key.jid, key.attempt), name);
}

/** True when this call made the record: the caller alone may start. Throws when the disk does not take it. */
export function claimRecord(jobs: string, key: LaunchKey): boolean {
  const folder = attemptFolder(jobs, key.jid, key.attempt);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    mkdirSync(recordFolder(jobs, key), { mode: 0o700 });
    return true;
  } catch (error) {
    if (existsSync(recordFolder(jobs, key))) return false;
    throw error;
  }
}

/** Only for a start that failed before anything was forked. */
export function dropRecord(jobs: string, key: LaunchKey): void {
  rmSync(recordFolder(jobs, key), { recursive: true, force: true });
}

/** From now on nothing of this attempt starts on this node. */
export function forbidStart(jobs: string, jid: number, attempt: number): void {
  const folder = attemptFolder(jobs, jid, attempt);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "killed"), "");
}

export function isForbidden(jobs: string, jid: number, attempt: number): boolean {
  return existsSync(join(attemptFolder(jobs, jid, attempt), "killed"));
}

export type RecordState =
  | { readonly is: "absent" }
  | { readonly is: "unstarted" }
  | { readonly is: "running"; readonly pid: number }
  | { readonly is: "exited"; readonly exitCode: number };

/** What the notes and the process table say together. A wrapper that is gone without a note of an exit code was killed. */
export function readRecord(jobs: string, key: LaunchKey): RecordState {
  const folder = recordFolder(jobs, key);
  const exitCode = readExitCode(folder);
  if (exitCode !== null) return { is: "exited", exitCode };
  const noted = parseStat(readLine(join(folder, "pid")) ?? "");
  if (noted === null) return { is: existsSync(folder) ? "unstarted" : "absent" };
  const living = readProcess(noted.pid);
  if (living !== null && living.startTime === noted.startTime) return { is: "running", pid: noted.pid };
  return { is: "exited", exitCode: readExitCode(folder) ?? KILLED };
}

/** The wrapper's pid, dead or alive: its session's number. */
export function readPid(jobs: string, key: LaunchKey): number | null {
  return parseStat(readLine(join(recordFolder(jobs, key), "pid")) ?? "")?.pid ?? null;
}

function readExitCode(folder: string): number | null {
  const line = readLine(join(folder, "rc"));
  return line === null ? null : Number(line);
}

/** A line that ended with its newline; null when there is none yet. */
function readLine(path: string): string | null {
  try {
    const text = readFileSync(path, "latin1");
    const end = text.indexOf("\n");
    return end < 0 ? null : text.slice(0, end);
  } catch {
    return null;
  }
}
