// Kills processes until none is left, and proves it. Each launch has a reaper (shared/reaper) that lives until nothing below
// it lives, and becomes the parent of whoever loses his: so the tree below the reapers is complete, and a reaper that ended
// by itself is the kernel's word that all is dead. Control group, mark and session find what has no reaper any more.
import type { Clock } from "#shared/clock.ts";
import { childrenOf, commandOf, listProcesses, readProcess, type ProcessEntry } from "#shared/os/proc.ts";
import { findMarked, withDescendants } from "./marked-processes.ts";

/** A process may fork while the table is read, so nothing found must be true twice. */
const EMPTY_LOOKS = 2;
const LOOK_PAUSE_MS = 10;
const GRACE_PAUSE_MS = 40;
/** What was stopped cannot fork. Whoever is woken again and again is killed all the same after so many looks. */
const FREEZE_LOOKS_MAX = 25;
const FREEZE_PAUSE_MS = 2;
/** A reaper with nobody below ends at once, unless somebody stopped it. */
const REAPER_PATIENCE_MS = 500;
/** One who forks and ends faster than the table can be read is still a child of the reaper. */
const CHILD_LOOKS = 200;

export interface KillTarget {
  /** `VARIABLE=prefix` that all processes of the target were started with. */
  readonly mark: string;
  /** The reapers' program: a marked process that runs it is one. */
  readonly reaper: string;
  /** Processes that lost their reaper, as far as they can be told. */
  readonly strays: (all: readonly ProcessEntry[]) => readonly ProcessEntry[];
  readonly cgroupPids: () => readonly number[];
  readonly killCgroup: () => void;
  /** Between SIGTERM and SIGKILL; 0 kills at once. */
  readonly graceMs: number;
  readonly clock: Clock;
}

interface Look {
  readonly reapers: readonly ProcessEntry[];
  readonly others: readonly ProcessEntry[];
}

/** Resolves only when every process is gone. A process in uninterruptible sleep keeps it waiting, and rightly so. */
export async function killUntilDead(target: KillTarget): Promise<void> {
  const { clock } = target;
  const known = new Map<number, ProcessEntry>();
  const deadline = clock.monotonic() + target.graceMs;
  let asked = target.graceMs === 0;
  let freezes = 0;
  let aloneSince: number | null = null;
  for (let empty = 0; empty < EMPTY_LOOKS;) {
    const { reapers, others } = lookFor(target, known);
    const now = clock.monotonic();
    if (others.length === 0) {
      aloneSince ??= now;
      empty = reapers.length === 0 ? empty + 1 : 0;
      endReapers(reapers, now - aloneSince > REAPER_PATIENCE_MS);
      await clock.sleep(LOOK_PAUSE_MS);
      continue;
    }
    empty = 0;
    aloneSince = null;
    if (!asked) {
      signalAll(others, "SIGTERM");
      asked = true;
    }
    if (now < deadline) {
      await clock.sleep(GRACE_PAUSE_MS);
      continue;
    }
    const awake = others.filter(({ state }) => state !== "T" && state !== "D");
    if (awake.length > 0 && freezes++ < FREEZE_LOOKS_MAX) {
      freeze(awake, reapers);
      await clock.sleep(FREEZE_PAUSE_MS);
      continue;
    }
    freezes = 0;
    signalAll(others, "SIGKILL");
    target.killCgroup();
    await clock.sleep(LOOK_PAUSE_MS);
  }
}

/** Remembers what it found, so that children of a process that has died meanwhile are followed by their session. */
function lookFor(target: KillTarget, known: Map<number, ProcessEntry>): Look {
  const all = listProcesses();
  const sessions = new Set<number>();
  for (const entry of known.values()) {
    if (readProcess(entry.pid)?.startTime === entry.startTime) sessions.add(entry.session);
  }
  sessions.delete(readProcess(process.pid)?.session ?? 0);
  const grouped = new Set(target.cgroupPids());
  const first = [
    ...findMarked(all, target.mark, sessions),
    ...all.filter(({ pid }) => grouped.has(pid)),
    ...target.strays(all),
  ];
  const found = withDescendants(all, first).filter(({ pid }) => pid !== process.pid);
  const reapers = found.filter(({ pid }) => commandOf(pid) === target.reaper);
  const others = found.filter((entry) => !reapers.includes(entry));
  for (const entry of others) known.set(entry.pid, entry);
  return { reapers, others };
}

/** A group is stopped at one blow, one who is just forking included; then one by one, for whoever left his group. */
function freeze(awake: readonly ProcessEntry[], reapers: readonly ProcessEntry[]): void {
  const foreign = new Set([readProcess(process.pid)?.group, ...reapers.map(({ group }) => group)]);
  for (const group of new Set(awake.map((entry) => entry.group))) if (!foreign.has(group)) trySignal(-group, "SIGSTOP");
  signalAll(awake, "SIGSTOP");
}

/** The table shows nobody below them: then they end by themselves, or somebody hides from the table, or stopped them. */
function endReapers(reapers: readonly ProcessEntry[], impatient: boolean): void {
  for (const reaper of reapers) {
    for (let look = 0; look < CHILD_LOOKS; look++) {
      const children = childrenOf(reaper.pid);
      if (children.length === 0) break;
      for (const pid of children) trySignal(pid, "SIGKILL");
    }
  }
  signalAll(
    reapers.filter(({ state }) => state === "T"),
    "SIGCONT",
  );
  if (impatient)
    signalAll(
      reapers.filter(({ pid }) => childrenOf(pid).length === 0),
      "SIGKILL",
    );
}

function signalAll(entries: readonly ProcessEntry[], signal: NodeJS.Signals): void {
  for (const entry of entries) {
    // Between the look and the kill the number could belong to another process: look once more.
    if (readProcess(entry.pid)?.startTime === entry.startTime) trySignal(entry.pid, signal);
  }
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone meanwhile, which is what we want.
  }
}
