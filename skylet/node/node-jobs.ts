// Runs launches on this node: starts each at most once, notices every end (also of those that an earlier agent started),
// and kills an attempt until it is proven dead.
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "#shared/clock.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { AgentLog } from "../agent-log.ts";
import type { NodeCgroup } from "./cgroup.ts";
import { jobEnvironment, MARK, markOf, type NodeFacts } from "./environment.ts";
import { killUntilDead } from "./kill.ts";
import { launchText } from "./launch-text.ts";
import { createLogLinks } from "../logs/log-links.ts";
import type { LaunchKey, LaunchReport, StartOrder } from "#shared/wire/launches.ts";
import { commandOf, environmentHolds, type ProcessEntry } from "./process-table.ts";
import {
  attemptFolder,
  claimLaunch,
  dropClaim,
  forbiddenPath,
  forbidStart,
  isForbidden,
  notesPath,
  readPid,
  readRecord,
} from "./record.ts";
import { placeReaper } from "./place-reaper.ts";

/** Launches of an earlier agent are not our children: their notes are read this often. */
const REATTACHED_POLL_MS = 50;
const KILLED = 137;

export interface NodeJobsOptions {
  /** `<agent folder>/jobs` and the folder of the shell texts. */
  readonly jobsFolder: string;
  readonly shellFolder: string;
  readonly node: NodeFacts;
  readonly nodeName: string;
  readonly singleNode: boolean;
  readonly cgroup: NodeCgroup | null;
  /** The process that starts the agent again and becomes the parent of those whose reaper was killed; null when there is none. */
  readonly supervisor: number | null;
  readonly clock: Clock;
  readonly log: AgentLog;
  /** Called once for every launch that ended, whoever started it. */
  readonly onExit: (key: LaunchKey, exitCode: number) => void;
}

export type NodeJobs = ReturnType<typeof createNodeJobs>;

/** Writes what a launch needs; throws when the folder cannot be written. */
export function createNodeJobs(options: NodeJobsOptions) {
  const { jobsFolder, shellFolder, node, cgroup, clock, log } = options;
  mkdirSync(jobsFolder, { recursive: true, mode: 0o700 });
  const reaper = placeReaper(shellFolder);
  const reaperProgram = reaper.at(-1) ?? "";
  const nowhere = openSync("/dev/null", "r+");

  /** Launches that run as far as we know: our children, and those to poll. */
  const children = new Map<string, LaunchKey>();
  const reattached = new Map<string, LaunchKey>();
  const kills = new Map<string, Promise<void>>();
  const links = createLogLinks({
    jobsFolder,
    home: node.home,
    nodeName: options.nodeName,
    singleNode: options.singleNode,
  });
  let poll: Timer | null = null;

  function start(order: StartOrder): Map<number, LaunchReport> {
    const reports = new Map<number, LaunchReport>();
    for (const launch of order.launches) {
      if (launch.nid !== node.nid) continue;
      reports.set(launch.index, startOne(order, launch));
    }
    return reports;
  }

  function startOne(order: StartOrder, launch: StartOrder["launches"][number]): LaunchReport {
    const key: LaunchKey = { jid: order.jid, attempt: order.attempt, phase: order.phase, index: launch.index };
    let output: number | null = null;
    try {
      if (readRecord(jobsFolder, key).is !== "absent") return status(key);
      if (isForbidden(jobsFolder, key.jid, key.attempt)) return { is: "exited", exitCode: KILLED };
      output = claimLaunch(jobsFolder, key);
      if (output === null) return status(key);
      const pid = spawnLaunch(order, key, { devices: launch.devices, output });
      closeSync(output);
      return { is: "running", pid };
    } catch (error) {
      log("error", "launch-failed", { ...key, error: errorText(error) });
      if (output !== null) dropClaim(jobsFolder, key, output);
      return { is: "refused", why: errorText(error) };
    }
  }

  function spawnLaunch(
    order: StartOrder,
    key: LaunchKey,
    given: { readonly devices: readonly number[]; readonly output: number },
  ): number {
    const script = join(attemptFolder(jobsFolder, key.jid, key.attempt), `${key.phase}.sh`);
    const { started, variables } = jobEnvironment(node, order, key.index, given.devices);
    const before = `${notesPath(jobsFolder, key)}.rc`;
    writeFileSync(before, launchText(join(node.home, "sky_workdir"), variables), { mode: 0o600 });
    writeFileSync(script, order.script, { mode: 0o700 });
    const group = cgroup?.create(key.jid, key.attempt) ?? null;
    const name = nameOf(key);
    const forbidden = forbiddenPath(jobsFolder, key.jid, key.attempt);
    const child = Bun.spawn(
      [...reaper, notesPath(jobsFolder, key), forbidden, "/bin/bash", "--rcfile", before, "-i", script],
      {
        cwd: node.home,
        env: { ...started },
        // Bash complains on 2 that it has no terminal, and then makes 3 its output.
        stdio: ["ignore", nowhere, nowhere, given.output],
        // A session of its own: a signal to the agent's group never reaches it.
        detached: true,
        ...(group === null ? {} : { cgroup: group }),
        onExit: (_child, exitCode) => reaperEnded(key, exitCode),
      },
    );
    children.set(name, key);
    child.unref();
    links.add(order.jobName, key);
    return child.pid;
  }

  /** It ends with the script's exit code, unless somebody killed it (null). It may be the end of what the job left behind only. */
  function reaperEnded(key: LaunchKey, exitCode: number | null): void {
    if (!children.has(nameOf(key))) return cgroup?.tryRemove(key.jid, key.attempt);
    if (exitCode === null) return void endBroken(key);
    children.delete(nameOf(key));
    ended(key, exitCode);
  }

  /** A reaper says SIGURG when its script has ended and something lives on below it. */
  function lookAtChildren(): void {
    for (const [name, key] of children) {
      const found = readRecord(jobsFolder, key);
      if (found.is !== "exited") continue;
      children.delete(name);
      ended(key, found.exitCode);
    }
  }

  /** Somebody killed the reaper: the launch has ended when the rest of it is dead. */
  async function endBroken(key: LaunchKey): Promise<void> {
    await kill(key.jid, key.attempt, 0);
    children.delete(nameOf(key));
    reattached.delete(nameOf(key));
    ended(key, KILLED);
  }

  function ended(key: LaunchKey, exitCode: number): void {
    cgroup?.tryRemove(key.jid, key.attempt);
    options.onExit(key, exitCode);
  }

  /** How a launch stands; starts to watch it when it runs and nobody does. Never starts anything. */
  function status(key: LaunchKey): LaunchReport {
    if (children.has(nameOf(key))) return { is: "running", pid: readPid(jobsFolder, key) };
    const found = readRecord(jobsFolder, key);
    if (found.is === "exited") return found;
    if (found.is === "running" || found.is === "broken") return watched(key, found);
    return neverStarted(key);
  }

  /**
   * No pid was noted. Either nothing was forked, or the reaper is just about to note it: forbid first, then look again.
   * The reaper looks for the prohibition after noting, so a reaper that we do not see now will not go on.
   */
  function neverStarted(key: LaunchKey): LaunchReport {
    try {
      forbidStart(jobsFolder, key.jid, key.attempt);
    } catch (error) {
      return { is: "refused", why: errorText(error) };
    }
    const again = readRecord(jobsFolder, key);
    if (again.is === "exited") return again;
    return again.is === "running" || again.is === "broken" ? watched(key, again) : { is: "missing" };
  }

  /** A broken one has ended when what it left is dead. */
  function watched(
    key: LaunchKey,
    found: { readonly is: "running"; readonly pid: number } | { readonly is: "broken" },
  ): LaunchReport {
    reattached.set(nameOf(key), key);
    poll ??= setInterval(pollReattached, REATTACHED_POLL_MS);
    return found.is === "running" ? found : { is: "running", pid: null };
  }

  function pollReattached(): void {
    for (const [name, key] of reattached) {
      const found = readRecord(jobsFolder, key);
      if (found.is === "running") continue;
      if (found.is === "broken") {
        if (!kills.has(attemptName(key.jid, key.attempt))) void endBroken(key);
        continue;
      }
      reattached.delete(name);
      ended(key, found.is === "exited" ? found.exitCode : KILLED);
    }
    if (reattached.size > 0 || poll === null) return;
    clearInterval(poll);
    poll = null;
  }

  /** Resolves when no process of the attempt lives on this node and none can start. Safe to call again and again. */
  function kill(jid: number, attempt: number, graceMs: number): Promise<void> {
    const name = attemptName(jid, attempt);
    const running = kills.get(name);
    if (running !== undefined) return running;
    const work = killAttempt(jid, attempt, graceMs).finally(() => kills.delete(name));
    kills.set(name, work);
    return work;
  }

  async function killAttempt(jid: number, attempt: number, graceMs: number): Promise<void> {
    tryForbid(jid, attempt);
    await killUntilDead({
      mark: `${MARK}=${markOf(node, jid, attempt)}`,
      reaper: reaperProgram,
      strays: (all) => (isBroken(jid, attempt) ? straysIn(all) : []),
      cgroupPids: () => cgroup?.pids(jid, attempt) ?? [],
      killCgroup: () => cgroup?.killAll(jid, attempt),
      graceMs,
      clock,
    });
    pollReattached();
    cgroup?.tryRemove(jid, attempt);
  }

  /** On a full disk the note fails, but then a start fails too. */
  function tryForbid(jid: number, attempt: number): void {
    try {
      forbidStart(jobsFolder, jid, attempt);
    } catch (error) {
      log("warn", "forbid-failed", { jid, attempt, error: errorText(error) });
    }
  }

  function isBroken(jid: number, attempt: number): boolean {
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
  function straysIn(all: readonly ProcessEntry[]): ProcessEntry[] {
    const { supervisor } = options;
    if (supervisor === null || process.ppid !== supervisor) return [];
    return all.filter(
      ({ pid, parent }) =>
        parent === supervisor &&
        pid !== process.pid &&
        commandOf(pid) !== reaperProgram &&
        !environmentHolds(pid, `${MARK}=`),
    );
  }

  /** Kills every process that any job left on this node, at once. For the node's own end, and its first moments after a stop. */
  async function killEverything(): Promise<void> {
    await killUntilDead({
      mark: `${MARK}=${node.cid}/${node.nid}/`,
      reaper: reaperProgram,
      strays: straysIn,
      cgroupPids: () => cgroup?.pids(null, 0) ?? [],
      killCgroup: () => undefined,
      graceMs: 0,
      clock,
    });
    cgroup?.tryRemoveAll();
  }

  process.on("SIGURG", lookAtChildren);
  return {
    start,
    status,
    kill,
    killEverything,
    /** Number of launches that run now. */
    runningCount: (): number => children.size + reattached.size,
    stop: (): void => {
      if (poll !== null) clearInterval(poll);
      poll = null;
      process.off("SIGURG", lookAtChildren);
    },
  };
}

function attemptName(jid: number, attempt: number): string {
  return `${jid}/${attempt}`;
}

function nameOf(key: LaunchKey): string {
  return `${key.jid}/${key.attempt}/${key.phase}/${key.index}`;
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
