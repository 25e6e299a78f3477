// A job as the controller sees it, from memory while it lives and from its row when it has ended.
import { jobStage } from "#shared/lifecycle/stage.ts";
import type { JobRecord, JobSpec } from "#shared/wire/rpc.ts";
import { jobLogFolder } from "../logs/log-links.ts";
import { demandOf, jobFromRow, type JobRow, type Store } from "../store/store.ts";
import type { Job } from "./state.ts";

/** Specifications are large and shared by arrays; the newest few are kept. */
const SPECS_KEPT = 32;

export type SpecSource = (specId: number) => JobSpec;

/** Reads specifications through a small cache. */
export function createSpecSource(store: Pick<Store, "spec">): SpecSource {
  const kept = new Map<number, JobSpec>();
  return (specId) => {
    const found = kept.get(specId) ?? store.spec(specId);
    if (found === null) throw new Error(`job ${specId} has no specification in the database`);
    kept.delete(specId);
    kept.set(specId, found);
    const oldest = kept.keys().next();
    if (kept.size > SPECS_KEPT && oldest.done !== true) kept.delete(oldest.value);
    return found;
  };
}

/** null: there is no such job. */
export function findJob(store: Store, specOf: SpecSource, open: ReadonlyMap<number, Job>, jid: number): Job | null {
  const living = open.get(jid);
  if (living !== undefined) return living;
  const row = store.job(jid);
  return row === null ? null : jobOfRow(row, specOf);
}

/** A job that has ended, or as it was last written. */
export function jobOfRow(row: JobRow, specOf: SpecSource): Job {
  return jobFromRow(row, { ...demandOf(specOf(row.spec_id)), specId: row.spec_id });
}

export function jobRecord(job: Job, specOf: SpecSource): JobRecord {
  const spec = specOf(job.demand.specId);
  const { jid, state, attempt, submittedAt, startedAt, endedAt, exitCodes, reason } = job;
  return {
    jid,
    state,
    attempt,
    submittedAt,
    startedAt,
    endedAt,
    exitCodes,
    reason,
    name: spec.name,
    user: spec.user,
    userHash: spec.userHash,
    numNodes: spec.numNodes,
    resourcesText: spec.resourcesText,
    metadata: spec.metadata,
    logFolder: logFolderName(jid, spec.name),
    ranks: ranksOf(job),
    setupPids: setupPidsOf(job),
    hasSetup: job.demand.hasSetup,
    setupSince: job.stage === jobStage.setup ? job.stageSince : null,
  };
}

function setupPidsOf(job: Job): (number | null)[] {
  const launches = job.launches.filter((launch) => launch.phase === "setup");
  const last = Math.max(-1, ...launches.map((launch) => launch.index));
  return Array.from({ length: last + 1 }, (_, index) => launches.find((launch) => launch.index === index)?.pid ?? null);
}

export function logFolderName(jid: number, name: string | null): string {
  return `~/sky_logs/${jobLogFolder(jid, name)}`;
}

/** Before its run phase a job has places but no processes. */
function ranksOf(job: Job): JobRecord["ranks"] {
  const launches = job.launches.filter((launch) => launch.phase === "run");
  if (launches.length > 0)
    return launches.map(({ index, nid, pid, exitCode }) => ({ rank: index, nid, pid, exitCode }));
  return job.placements.map(({ nid }, rank) => ({ rank, nid, pid: null, exitCode: null }));
}
