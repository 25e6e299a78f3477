// Decides which of two answers about one job is the newer: answers may overtake each other. Pure.
import { isJobTerminal, type JobState } from "#shared/lifecycle/job.ts";
import type { JobRecord } from "#shared/wire/rpc.ts";

/** How far a state lies along an attempt; within one, a job that is not final only goes forward. */
const progress: Readonly<Record<JobState, number>> = {
  INIT: 0,
  PENDING: 1,
  SETTING_UP: 2,
  RUNNING: 3,
  SUCCEEDED: 4,
  FAILED: 4,
  FAILED_SETUP: 4,
  FAILED_DRIVER: 4,
  CANCELLED: 4,
};

/**
 * What is known after `heard`, an answer of any age about the same job. A final record is never given up, an earlier attempt
 * or state never comes back, and a process that was named once stays named. An attempt that was given up (back to PENDING
 * under its number) is told only by the attempt after it: its own record could as well be from before it began.
 */
export function laterRecord(known: JobRecord, heard: JobRecord): JobRecord {
  if (isOlder(known, heard)) return withProcesses(known, heard);
  return withProcesses(heard, known);
}

function isOlder(known: JobRecord, heard: JobRecord): boolean {
  if (isJobTerminal(known.state)) return true;
  if (isJobTerminal(heard.state)) return false;
  if (heard.attempt !== known.attempt) return heard.attempt < known.attempt;
  return progress[heard.state] < progress[known.state];
}

/** Of one attempt, the process numbers that either record has. */
function withProcesses(newer: JobRecord, other: JobRecord): JobRecord {
  if (newer.attempt !== other.attempt) return newer;
  const ranks = newer.ranks.map((rank) => ({
    ...rank,
    pid: rank.pid ?? other.ranks.find((each) => each.rank === rank.rank)?.pid ?? null,
  }));
  const length = Math.max(newer.setupPids?.length ?? 0, other.setupPids?.length ?? 0);
  const setupPids = Array.from({ length }, (_, index) => newer.setupPids?.[index] ?? other.setupPids?.[index] ?? null);
  return { ...newer, ranks, ...(newer.setupPids === undefined && other.setupPids === undefined ? {} : { setupPids }) };
}
