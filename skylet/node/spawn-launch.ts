// Forks a launch: writes its script and what bash reads before it, then starts the reaper that starts bash.
import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LaunchKey, StartOrder } from "#shared/wire/launches.ts";
import type { NodeCgroup } from "./cgroup.ts";
import { jobEnvironment, type NodeFacts } from "./environment.ts";
import { launchText } from "./launch-text.ts";
import { attemptFolder, forbiddenPath, notesPath } from "./record.ts";

export interface Launcher {
  readonly jobsFolder: string;
  readonly node: NodeFacts;
  readonly cgroup: NodeCgroup | null;
  /** The words that a command line begins with. */
  readonly reaper: readonly string[];
  /** /dev/null, open for reading and writing. */
  readonly nowhere: number;
  readonly onExit: (key: LaunchKey, exitCode: number | null) => void;
}

export function createLauncher(options: Omit<Launcher, "nowhere">): Launcher {
  return { ...options, nowhere: openSync("/dev/null", "r+") };
}

/** Gives the reaper's pid. `output` is the log, open for appending. Throws what the disk or the system says. */
export function spawnLaunch(
  launcher: Launcher,
  order: StartOrder,
  key: LaunchKey,
  given: { readonly devices: readonly number[]; readonly output: number },
): number {
  const { jobsFolder, node, nowhere } = launcher;
  const script = join(attemptFolder(jobsFolder, key.jid, key.attempt), `${key.phase}.sh`);
  const { started, variables } = jobEnvironment(node, order, key.index, given.devices);
  const notes = notesPath(jobsFolder, key);
  const before = `${notes}.rc`;
  writeFileSync(before, launchText(join(node.home, "sky_workdir"), variables), { mode: 0o600 });
  writeFileSync(script, order.script, { mode: 0o700 });
  const group = launcher.cgroup?.create(key.jid, key.attempt) ?? null;
  const forbidden = forbiddenPath(jobsFolder, key.jid, key.attempt);
  const child = Bun.spawn([...launcher.reaper, notes, forbidden, "/bin/bash", "--rcfile", before, "-i", script], {
    cwd: node.home,
    env: { ...started },
    // Bash complains on 2 that it has no terminal, and then makes 3 its output.
    stdio: ["ignore", nowhere, nowhere, given.output],
    // A session of its own: a signal to the agent's group never reaches it.
    detached: true,
    ...(group === null ? {} : { cgroup: group }),
    onExit: (_child, exitCode) => launcher.onExit(key, exitCode),
  });
  child.unref();
  return child.pid;
}
