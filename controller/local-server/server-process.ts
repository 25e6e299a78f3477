// The local server's process as the kernel shows it: whether it lives, or is held in suspension.
import { readFileSync, realpathSync } from "node:fs";
import { StixError } from "#shared/errors/stix-error.ts";
import type { StatePaths } from "#shared/paths.ts";
import { isDead, isStopped, readEntry, wordsOf } from "#shared/os/proc.ts";
import { serverCommand } from "#shared/process-names.ts";
import { readServerInfo } from "./endpoint.ts";

/** The process of this folder's server, ready or not yet; undefined when none lives. */
export function serverPid(paths: StatePaths): number | undefined {
  const pid = readServerInfo(paths)?.pid ?? pidInLock(paths.serverLock);
  return pid !== undefined && isServerAlive(pid) ? pid : undefined;
}

/** True while the server that wrote this number runs. */
export function isServerAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // The signal still reaches a process that has ended while nobody asked for its status; the first process of a container may take long.
  return !isDead(readEntry(pid)?.state ?? "") && !isSomethingElse(pid);
}

/** By SIGSTOP, Ctrl-Z or a debugger: it answers nothing until it goes on. */
export function isSuspended(pid: number): boolean {
  return isStopped(readEntry(pid)?.state ?? "");
}

/** `asked`: something was sent that it may still do. */
export function suspendedError(pid: number, asked: boolean): StixError {
  return new StixError({
    code: "server-suspended",
    message: `the API server (process ${pid}) is suspended, so it answers nothing`,
    hint: "{program} api start, which wakes it",
    details: asked ? { why: "what was asked last may be done once it goes on: stix api status -a" } : {},
  });
}

/** Without links, as the server names it too. */
export function ownFolder(paths: StatePaths): string {
  try {
    return realpathSync(paths.root);
  } catch {
    // Not made yet.
    return paths.root;
  }
}

function pidInLock(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, "utf8").trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** After a reboot, or a kill, the number may be another program's: that one must never get our signal. */
function isSomethingElse(pid: number): boolean {
  // No entry: there is no such table on this system.
  return readEntry(pid) !== null && !wordsOf(pid).includes(serverCommand);
}
