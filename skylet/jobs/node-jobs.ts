// Runs launches on this node: starts each at most once, notices every end (also of those that an earlier agent started),
// and kills an attempt until it is proven dead.
import { closeSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "#shared/clock.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { AgentLog } from "../agent-log.ts";
import type { NodeCgroup } from "./cgroup.ts";
import { jobEnvironment, MARK, markOf, type NodeFacts } from "./environment.ts";
import { killUntilDead } from "./kill.ts";
import { createLogLinks } from "./log-links.ts";
import type { LaunchKey, LaunchReport, StartOrder } from "./orders.ts";
import { attemptFolder, claimLaunch, dropClaim, forbidStart, isForbidden, notesPath, readPid, readRecord } from "./record.ts";
import { shellTexts } from "./shell-texts.ts";


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
  readonly clock: Clock;
  readonly log: AgentLog;
  /** Called once for every launch that ended, whoever started it. */
  readonly onExit: (key: LaunchKey, exitCode: number) => void;
}

export type NodeJobs = ReturnType<typeof createNodeJobs>;

/** Writes the shell texts; throws when the folder cannot be written. */
export function createNodeJobs(options: NodeJobsOptions) {
  const { jobsFolder, shellFolder, node, cgroup, clock, log } = options;
  mkdirSync(shellFolder, { recursive: true, mode: 0o700 });
  mkdirSync(jobsFolder, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(shellTexts)) writeFileSync(join(shellFolder, name), text, { mode: 0o700 });

  /** Launches that run as far as we know: our children, and those to poll. */
  const children = new Set<string>();
  const reattached = new Map<string, LaunchKey>();
  const kills = new Map<string, Promise<void>>();
  const links = createLogLinks({ jobsFolder, home: node.home, nodeName: options.nodeName, singleNode: options.singleNode });
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

  function spawnLaunch(order: StartOrder, key: LaunchKey, given: { readonly devices: readonly number[]; readonly output: number }): number {
    const script = join(attemptFolder(jobsFolder, key.jid, key.attempt), `${key.phase}.sh`);
    writeFileSync(script, order.script, { mode: 0o700 });
    const group = cgroup?.create(key.jid, key.attempt) ?? null;
    const name = nameOf(key);
    const child = Bun.spawn(["/bin/sh", join(shellFolder, "rank.sh"), notesPath(jobsFolder, key), key.phase, script, shellFolder], {
      cwd: node.home,
      env: jobEnvironment(node, order, key.index, given.devices),
      stdin: "ignore",
      stdout: given.output,
      stderr: given.output,
      // A session of its own: a signal to the agent's group never reaches it.
      detached: true,
      ...(group === null ? {} : { cgroup: group }),
      onExit: (_child, exitCode, signal) => {
        children.delete(name);
        ended(key, exitCode ?? signalCode(signal));
      },
    });
    children.add(name);
    child.unref();
    links.add(order.jobName, key);
    return child.pid;
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
    if (found.is === "running") {
      watch(key);
      return found;
    }
    return neverStarted(key);
  }

  /**
   * No pid was noted. Either nothing was forked, or the wrapper is just about to note it: forbid first, then look again.
   * The wrapper looks for the prohibition after noting, so a wrapper that we do not see now will not go on.
   */
  function neverStarted(key: LaunchKey): LaunchReport {
    try {
      forbidStart(jobsFolder, key.jid, key.attempt);
    } catch (error) {
      return { is: "refused", why: errorText(error) };
    }
    const again = readRecord(jobsFolder, key);
    if (again.is === "exited") return again;
    if (again.is === "running") {
      watch(key);
      return again;
    }
    return { is: "missing" };
  }

  function watch(key: LaunchKey): void {
    reattached.set(nameOf(key), key);
    poll ??= setInterval(pollReattached, REATTACHED_POLL_MS);
  }

  function pollReattached(): void {
    for (const [name, key] of reattached) {
      const found = readRecord(jobsFolder, key);
      if (found.is === "running") continue;
      reattached.delete(name);
      ended(key, found.is === "exited" ? found.exitCode : KILLED);
    }
    if (reattached.size > 0 || poll === null) return;
    clearInterval(poll);
    poll = null;
  }

  /** Resolves when no process of the attempt lives on this node and none can start. Safe to call again and again. */
  function kill(jid: number, attempt: number, graceMs: number): Promise<void> {
    const name = `${jid}/${attempt}`;
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
      sessions: sessionsOf(jid, attempt),
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

  /** The sessions the wrappers began, as far as they are still the wrappers' own. */
  function sessionsOf(jid: number, attempt: number): Set<number> {
    const sessions = new Set<number>();
    for (const name of listNames(join(jobsFolder, String(jid), String(attempt)))) {
      const [phase, index] = name.split("-");
      if ((phase !== "setup" && phase !== "run") || index === undefined || name.endsWith(".log")) continue;
      const found = readRecord(jobsFolder, { jid, attempt, phase, index: Number(index) });
      if (found.is === "running") sessions.add(found.pid);
    }
    return sessions;
  }

  /** Kills every process that any job left on this node, at once. For the node's own end, and its first moments after a stop. */
  async function killEverything(): Promise<void> {
    await killUntilDead({
      mark: `${MARK}=${node.cid}/${node.nid}/`,
      sessions: new Set(),
      cgroupPids: () => cgroup?.pids(null, 0) ?? [],
      killCgroup: () => undefined,
      graceMs: 0,
      clock,
    });
    cgroup?.tryRemoveAll();
  }

  return {
    start, status, kill, killEverything,
    /** Number of launches that run now. */
    runningCount: (): number => children.size + reattached.size,
    stop: (): void => {
      if (poll !== null) clearInterval(poll);
      poll = null;
    },
  };
}

/** What a shell reports for a child that a signal ended. */
function signalCode(signal: unknown): number {
  return typeof signal === "number" ? 128 + signal : KILLED;
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
