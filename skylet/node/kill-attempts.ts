// Kills attempts of jobs on this node, each by one killing at a time, whoever asks and however often.
import type { Clock } from "#shared/clock.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { AgentLog } from "../agent-log.ts";
import type { NodeCgroup } from "./cgroup.ts";
import { MARK, markOf, type NodeFacts } from "./environment.ts";
import { killUntilDead } from "./kill.ts";
import type { ProcessEntry } from "#shared/os/proc.ts";
import { forbidStart } from "./record.ts";
import { isBroken, straysBelow } from "./strays.ts";

export interface KillerOptions {
  readonly jobsFolder: string;
  readonly node: NodeFacts;
  readonly cgroup: NodeCgroup | null;
  readonly supervisor: number | null;
  readonly reaperProgram: string;
  readonly clock: Clock;
  readonly log: AgentLog;
}

export interface Killer {
  /** Resolves when no process of the attempt lives on this node and none can start. Safe to call again and again. */
  readonly kill: (jid: number, attempt: number, graceMs: number) => Promise<void>;
  /** Kills every process that any job left on this node, at once. For the node's own end, and its first moments after a stop. */
  readonly killEverything: () => Promise<void>;
}

export function createKiller(options: KillerOptions): Killer {
  const { jobsFolder, node, cgroup, clock } = options;
  const underWay = new Map<string, Promise<void>>();
  const strays = (all: readonly ProcessEntry[]) => straysBelow(options.supervisor, options.reaperProgram, all);

  async function killAttempt(jid: number, attempt: number, graceMs: number): Promise<void> {
    tryForbid(options, jid, attempt);
    await killUntilDead({
      mark: `${MARK}=${markOf(node, jid, attempt)}`,
      reaper: options.reaperProgram,
      strays: (all) => (isBroken(jobsFolder, jid, attempt) ? strays(all) : []),
      cgroupPids: () => cgroup?.pids(jid, attempt) ?? [],
      killCgroup: () => cgroup?.killAll(jid, attempt),
      graceMs,
      clock,
    });
    cgroup?.tryRemove(jid, attempt);
  }

  return {
    kill: (jid, attempt, graceMs) => {
      const name = `${jid}/${attempt}`;
      const running = underWay.get(name);
      if (running !== undefined) return running;
      const work = killAttempt(jid, attempt, graceMs).finally(() => underWay.delete(name));
      underWay.set(name, work);
      return work;
    },
    killEverything: async () => {
      await killUntilDead({
        mark: `${MARK}=${node.cid}/${node.nid}/`,
        reaper: options.reaperProgram,
        strays,
        cgroupPids: () => cgroup?.pids(null, 0) ?? [],
        killCgroup: () => undefined,
        graceMs: 0,
        clock,
      });
      cgroup?.tryRemoveAll();
    },
  };
}

/** On a full disk the note fails, but then a start fails too. */
function tryForbid({ jobsFolder, log }: KillerOptions, jid: number, attempt: number): void {
  try {
    forbidStart(jobsFolder, jid, attempt);
  } catch (error) {
    log("warn", "forbid-failed", { jid, attempt, error: errorText(error) });
  }
}
