// Keeps the autostop setting and its timer, and begins the end of the cluster when it is due.
import { z } from "zod";
import type { Clock, Timers } from "#shared/clock.ts";
import { isJobTerminal } from "#shared/lifecycle/job.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { AgentLog } from "../agent-log.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import type { Store } from "../store/store.ts";
import { decideAutostop, type AutostopSetting } from "./decide-autostop.ts";

/** The clock can be moved, so the deadline is compared every second and never slept for. */
const TICK_MS = 1_000;
/** A session that has ended counts as activity until it was last seen: looked for this often. */
const SESSION_LOOK_MS = 20_000;

const settingSchema = z.object({
  idleMinutes: z.number(),
  down: z.boolean(),
  waitFor: z.enum(["jobs_and_ssh", "jobs", "none"]),
});
const keptSchema = z.object({ bootId: z.string(), setting: settingSchema.nullable() });
const stoppingSchema = z.object({ bootId: z.string(), action: z.enum(["stop", "down"]) });

export interface AutostopOptions {
  readonly store: Store;
  readonly queue: RunQueue;
  readonly clock: Pick<Clock, "now">;
  readonly timers: Pick<Timers, "every">;
  readonly log: AgentLog;
  readonly bootId: string;
  /** From node.json: holds until the first other setting. */
  readonly initial: AutostopSetting | null;
  readonly hasSession: () => boolean;
  /** Called once the decision is written, again after a restart that found it written. */
  readonly onDue: (action: "stop" | "down") => void;
}

export interface Autostop {
  readonly set: (setting: AutostopSetting) => void;
  readonly current: () => AutostopSetting | null;
  readonly isStopping: () => boolean;
  readonly idleSinceAt: () => number;
  /** A job was started: the timer begins anew. */
  readonly jobStarted: () => void;
  readonly begin: () => void;
  readonly stop: () => void;
}

/** A setting from before the node's last boot is void: stopping and starting a cluster turns autostop off. */
export function createAutostop(options: AutostopOptions): Autostop {
  const { store, queue, clock, log, bootId } = options;
  let setting = loadSetting(options);
  let lastActiveAt = clock.now();
  let sessionLookAt = clock.now() + SESSION_LOOK_MS;
  let stopping = false;
  let callOff = () => {};

  function set(next: AutostopSetting): void {
    const { idleMinutes, down, waitFor } = next;
    queue.record({ autostop: JSON.stringify({ bootId, setting: next }) }, [
      { type: "autostop-set", idleMinutes, down, waitFor },
    ]);
    setting = next;
    lastActiveAt = clock.now();
  }

  function tick(): void {
    const now = clock.now();
    // A clock that was set back must not put the end off for ever.
    if (lastActiveAt > now) lastActiveAt = now;
    const anyJobOpen = hasOpenJob(queue);
    const decision = decideAutostop({ setting, now, lastActiveAt, anyJobOpen, hasSession: options.hasSession });
    if (decision.is === "active" || decision.is === "off") lastActiveAt = now;
    if (decision.is === "wait" && setting?.waitFor === "jobs_and_ssh" && now >= sessionLookAt && now < decision.dueAt) {
      sessionLookAt = now + SESSION_LOOK_MS;
      if (options.hasSession()) lastActiveAt = now;
    }
    if (decision.is === "due") end(decision.action, decision.idleMinutes);
  }

  function end(action: "stop" | "down", idleMinutes: number): void {
    try {
      queue.record({ autostopping: JSON.stringify({ bootId, action }) }, [
        { type: "autostopping", action, idleMinutes },
      ]);
    } catch (error) {
      // A disk that takes no more must not keep a cluster that costs money alive.
      log("error", "autostop-not-written", { error: errorText(error) });
    }
    log("info", "autostop-due", { action, idleMinutes });
    finish(action);
  }

  function finish(action: "stop" | "down"): void {
    stopping = true;
    queue.post({ f: "drain" });
    callOff();
    options.onDue(action);
  }

  return {
    set,
    current: () => setting,
    isStopping: () => stopping,
    idleSinceAt: () => lastActiveAt,
    jobStarted: () => {
      lastActiveAt = clock.now();
    },
    begin: () => {
      const kept = stoppingSchema.nullable().parse(JSON.parse(store.meta("autostopping") || "null"));
      if (kept?.bootId === bootId) return finish(kept.action);
      callOff = options.timers.every(TICK_MS, tick);
    },
    stop: () => callOff(),
  };
}

function hasOpenJob(queue: RunQueue): boolean {
  for (const job of queue.state().jobs.values()) if (!isJobTerminal(job.state)) return true;
  return false;
}

function loadSetting({ store, bootId, initial }: AutostopOptions): AutostopSetting | null {
  const kept = keptSchema.nullable().parse(JSON.parse(store.meta("autostop") || "null"));
  if (kept === null) return initial;
  return kept.bootId === bootId ? kept.setting : null;
}
