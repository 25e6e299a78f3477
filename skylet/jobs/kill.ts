// Kills processes until none is left, and proves it: looks for them by control group, mark, session and descent, again and again.
import type { Clock } from "#shared/clock.ts";
import { findMarked, readProcess, type ProcessEntry } from "./process-table.ts";

/** A process may fork while the table is read, so nothing found must be true twice. */
const EMPTY_LOOKS = 2;
const LOOK_PAUSE_MS = 10;
const GRACE_PAUSE_MS = 40;

export interface KillTarget {
  /** `VARIABLE=prefix` that all processes of the target were started with. */
  readonly mark: string;
  readonly sessions: ReadonlySet<number>;
  readonly cgroupPids: () => readonly number[];
  readonly killCgroup: () => void;
  /** Between SIGTERM and SIGKILL; 0 kills at once. */
  readonly graceMs: number;
  readonly clock: Clock;
}

/** Resolves only when every process is gone. A process in uninterruptible sleep keeps it waiting, and rightly so. */
export async function killUntilDead(target: KillTarget): Promise<void> {
  const { clock } = target;
  const known = new Map<number, ProcessEntry>();
  const deadline = clock.monotonic() + target.graceMs;
  let asked = target.graceMs === 0;
  // Without grace the group dies before the first look, which then has only the rest to find.
  if (asked) target.killCgroup();
  for (let empty = 0; empty < EMPTY_LOOKS; ) {
    const living = findTargets(target, known);
    if (living.length === 0) {
      empty++;
      await clock.sleep(LOOK_PAUSE_MS);
      continue;
    }
    empty = 0;
    if (!asked) {
      signalAll(living, "SIGTERM");
      asked = true;
    }
    const inGrace = clock.monotonic() < deadline;
    if (!inGrace) {
      target.killCgroup();
      signalAll(living, "SIGKILL");
    }
    await clock.sleep(inGrace ? GRACE_PAUSE_MS : LOOK_PAUSE_MS);
  }
}

/** Remembers what it found, so that children of a process that has died meanwhile are followed by their session. */
function findTargets(target: KillTarget, known: Map<number, ProcessEntry>): ProcessEntry[] {
  const sessions = new Set(target.sessions);
  for (const entry of known.values()) {
    if (readProcess(entry.pid)?.startTime === entry.startTime) sessions.add(entry.session);
  }
  sessions.delete(readProcess(process.pid)?.session ?? 0);
  const living = new Map(findMarked(target.mark, sessions).map((entry) => [entry.pid, entry]));
  for (const pid of target.cgroupPids()) {
    const entry = readProcess(pid);
    if (entry !== null) living.set(pid, entry);
  }
  for (const entry of living.values()) known.set(entry.pid, entry);
  return [...living.values()];
}

function signalAll(entries: readonly ProcessEntry[], signal: "SIGTERM" | "SIGKILL"): void {
  for (const entry of entries) {
    try {
      // Between the look and the kill the number could belong to another process: look once more.
      if (readProcess(entry.pid)?.startTime === entry.startTime) process.kill(entry.pid, signal);
    } catch {
      // Gone meanwhile, which is what we want.
    }
  }
}
