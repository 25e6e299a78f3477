// Puts the program that starts a job's scripts into the agent's folder.
import { writeWholeSync } from "#shared/os/whole-file.ts";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { smallProgram } from "#shared/reaper/programs.ts";
import { shellReaper } from "./shell-texts.ts";

/** The same path for every version of the agent, for reapers outlive agents and are known by it. */
export function reaperPath(folder: string): string {
  return join(folder, "reap");
}

/** The words that a launch's command line begins with; the last one is the file that runs. Throws when the folder cannot be written. */
export function placeReaper(folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const program = process.platform === "linux" ? smallProgram("reap", process.arch) : null;
  if (program === null) {
    const text = join(folder, "reap.sh");
    writeFileSync(text, shellReaper, { mode: 0o600 });
    return ["/bin/sh", text];
  }
  const path = reaperPath(folder);
  if (!isThere(path, program)) {
    // A program that runs cannot be written, and one that is being written cannot run.
    writeWholeSync(path, program, { mode: 0o700 });
  }
  return [path];
}

function isThere(path: string, program: Uint8Array): boolean {
  try {
    return readFileSync(path).equals(program);
  } catch {
    return false;
  }
}
