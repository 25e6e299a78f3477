// Runs launches on this node: starts each at most once, notices every end (also of those that an earlier agent started),
// and kills an attempt until it is proven dead. Who runs and who has ended is decided in launches.ts.
import { closeSync, mkdirSync } from "node:fs";
import type { Time } from "#shared/clock.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { LaunchKey, LaunchReport, StartOrder } from "#shared/wire/launches.ts";
import type { AgentLog } from "../agent-log.ts";
import { createLogLinks } from "../logs/log-links.ts";
import type { NodeCgroup } from "./cgroup.ts";
import type { NodeFacts } from "./environment.ts";
import { createKiller } from "./kill-attempts.ts";
import {
  KILLED,
  launchName,
  notedOnly,
  step,
  type Launches,
  type LaunchesEffect,
  type LaunchesEvent,
} from "./launches.ts";
import { placeReaper } from "./place-reaper.ts";
import { claimLaunch, dropClaim, forbidStart, isForbidden, readPid, readRecord } from "./record.ts";
import { createLauncher, spawnLaunch } from "./spawn-launch.ts";

/** Launches of an earlier agent are not our children: their notes are read this often. */
const REATTACHED_POLL_MS = 50;

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
  readonly clock: Time;
  readonly log: AgentLog;
  /** Called once for every launch that ended, whoever started it. */
  readonly onExit: (key: LaunchKey, exitCode: number) => void;
}

export interface NodeJobs {
  /** By index: how each of this node's launches of the order stands now. */
  readonly start: (order: StartOrder) => Map<number, LaunchReport>;
  /** How a launch stands; starts to watch it when it runs and nobody does. Never starts anything. */
  readonly status: (key: LaunchKey) => LaunchReport;
  /** Resolves when no process of the attempt lives on this node and none can start. Safe to call again and again. */
  readonly kill: (jid: number, attempt: number, graceMs: number) => Promise<void>;
  /** Like `kill`, but false after `patienceMs`; the killing goes on then. */
  readonly killWithin: (
    target: { readonly jid: number; readonly attempt: number; readonly graceMs: number },
    patienceMs: number,
  ) => Promise<boolean>;
  /** Kills every process that any job left on this node, at once. */
  readonly killEverything: () => Promise<void>;
  /** Number of launches that run now. */
  readonly runningCount: () => number;
  readonly stop: () => void;
}

/** Writes what a launch needs; throws when the folder cannot be written. */
export function createNodeJobs(options: NodeJobsOptions): NodeJobs {
  const { jobsFolder, node, cgroup, clock, log } = options;
  mkdirSync(jobsFolder, { recursive: true, mode: 0o700 });
  const reaper = placeReaper(options.shellFolder);
  const killer = createKiller({ ...options, reaperProgram: reaper.at(-1) ?? "" });
  const launcher = createLauncher({
    jobsFolder,
    node,
    cgroup,
    reaper,
    onExit: (key, exitCode) => {
      const wasTold = !launches.has(launchName(key));
      dispatch({ e: "reaper-ended", key, exitCode });
      // The end of what the script left behind.
      if (wasTold) cgroup?.tryRemove(key.jid, key.attempt);
    },
  });
  const links = createLogLinks({ ...options, home: node.home, timers: clock });
  let launches: Launches = new Map();
  let callOffPoll: (() => void) | null = null;

  function dispatch(event: LaunchesEvent): void {
    const after = step(launches, event);
    launches = after.state;
    for (const effect of after.effects) perform(effect);
  }

  function perform(effect: LaunchesEffect): void {
    const { key } = effect;
    if (effect.do === "sweep") return void kill(key.jid, key.attempt, 0).then(() => dispatch({ e: "swept", key }));
    cgroup?.tryRemove(key.jid, key.attempt);
    options.onExit(key, effect.exitCode);
  }

  function look(keys: readonly LaunchKey[]): void {
    for (const key of keys) dispatch({ e: "found", key, record: readRecord(jobsFolder, key) });
  }

  /** A reaper says SIGURG when its script has ended and something lives on below it. */
  function lookAtAll(): void {
    look([...launches.values()].map(({ key }) => key));
  }

  function pollNoted(): void {
    look(notedOnly(launches));
    if (notedOnly(launches).length > 0) return;
    callOffPoll?.();
    callOffPoll = null;
  }

  function startOne(order: StartOrder, launch: StartOrder["launches"][number]): LaunchReport {
    const key: LaunchKey = { jid: order.jid, attempt: order.attempt, phase: order.phase, index: launch.index };
    let output: number | null = null;
    try {
      if (readRecord(jobsFolder, key).is !== "absent") return status(key);
      if (isForbidden(jobsFolder, key.jid, key.attempt)) return { is: "exited", exitCode: KILLED };
      output = claimLaunch(jobsFolder, key);
      if (output === null) return status(key);
      const pid = spawnLaunch(launcher, order, key, { devices: launch.devices, output });
      dispatch({ e: "started", key });
      closeSync(output);
      links.add(order.jobName, key);
      return { is: "running", pid };
    } catch (error) {
      log("error", "launch-failed", { ...key, error: errorText(error) });
      if (output !== null) dropClaim(jobsFolder, key, output);
      return { is: "refused", why: errorText(error) };
    }
  }

  function status(key: LaunchKey): LaunchReport {
    if (launches.get(launchName(key))?.by === "child") return { is: "running", pid: readPid(jobsFolder, key) };
    const found = readRecord(jobsFolder, key);
    if (found.is === "exited") return found;
    return found.is === "running" || found.is === "broken" ? watched(key, found) : neverStarted(key);
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
    dispatch({ e: "reattached", key });
    callOffPoll ??= clock.every(REATTACHED_POLL_MS, pollNoted);
    return found.is === "running" ? found : { is: "running", pid: null };
  }

  async function kill(jid: number, attempt: number, graceMs: number): Promise<void> {
    await killer.kill(jid, attempt, graceMs);
    pollNoted();
  }

  process.on("SIGURG", lookAtAll);
  return {
    start: (order) => {
      const own = order.launches.filter(({ nid }) => nid === node.nid);
      return new Map(own.map((launch) => [launch.index, startOne(order, launch)]));
    },
    status,
    kill,
    killWithin: ({ jid, attempt, graceMs }, patienceMs) =>
      Promise.race([kill(jid, attempt, graceMs).then(() => true), clock.sleep(patienceMs).then(() => false)]),
    killEverything: killer.killEverything,
    runningCount: () => launches.size,
    stop: () => {
      callOffPoll?.();
      callOffPoll = null;
      process.off("SIGURG", lookAtAll);
    },
  };
}
