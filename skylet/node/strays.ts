// Finds what launches without a reaper left: launches whose reaper was killed, and processes that lost theirs.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { MARK } from "./environment.ts";
import { commandOf, environmentHolds, type ProcessEntry } from "#shared/os/proc.ts";
import { readRecord } from "./record.ts";

/** True when a launch of the attempt has lost its reaper without a word. */
export function isBroken(jobsFolder: string, jid: number, attempt: number): boolean {
  return listNames(join(jobsFolder, String(jid), String(attempt))).some((name) => {
    const [, phase, index] = /^(setup|run)-(\d+)$/.exec(name) ?? [];
    return (
      (phase === "setup" || phase === "run") &&
      readRecord(jobsFolder, { jid, attempt, phase, index: Number(index) }).is === "broken"
    );
  });
}

/**
 * The supervisor has one child of its own, this agent. Whoever else is its child was left by a reaper that somebody
 * killed; whose it was cannot be told, but every launch without a reaper is to end, so all of them are to.
 */
export function straysBelow(
  supervisor: number | null,
  reaperProgram: string,
  all: readonly ProcessEntry[],
): ProcessEntry[] {
  if (supervisor === null || process.ppid !== supervisor) return [];
  return all.filter(
    ({ pid, parent }) =>
      parent === supervisor &&
      pid !== process.pid &&
      commandOf(pid) !== reaperProgram &&
      !environmentHolds(pid, `${MARK}=`),
  );
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
