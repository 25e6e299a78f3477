// Starts a node's supervisor in a session of its own, as the one who becomes the parent of whoever loses his below it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { realTime } from "#shared/clock.ts";
import { smallProgram } from "#shared/reaper/programs.ts";
import { writeWhole } from "#shared/os/whole-file.ts";

/** Another child, forked while we wrote the program, holds it open until it becomes its own program: milliseconds. */
const BUSY_TRIES = 100;
const BUSY_PAUSE_MS = 10;

/** Answers the supervisor's number; throws when it cannot be started. */
export async function spawnSupervisor(
  folder: string,
  command: readonly string[],
  options: { readonly cwd: string; readonly env: Record<string, string> },
): Promise<number> {
  const [program = "", ...words] = [...(await placeAdopter(folder)), ...command];
  for (let tries = 0; ; tries += 1) {
    try {
      const child = spawn(program, words, { ...options, detached: true, stdio: "ignore" });
      if (child.pid === undefined) await once(child, "spawn");
      child.unref();
      return child.pid ?? -1;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ETXTBSY") || tries >= BUSY_TRIES) throw error;
      await realTime.sleep(BUSY_PAUSE_MS);
    }
  }
}

/** The word before the command; none where there is no such program. */
async function placeAdopter(folder: string): Promise<string[]> {
  const program = process.platform === "linux" ? smallProgram("adopt", process.arch) : null;
  if (program === null) return [];
  const path = `${folder}/adopt`;
  await writeWhole(path, program, { mode: 0o700 });
  return [path];
}
