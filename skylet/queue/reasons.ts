// The sentence a user reads about a job: why it ended as it did, or what it waits for.
import { nodeName } from "#shared/node-name.ts";
import type { Job } from "./state.ts";

const SIGKILLED = 137;
const SEGFAULT = 139;

export function rankFailed(job: Job, codes: readonly number[]): string {
  const launches = job.launches.filter((launch) => launch.phase === "run");
  const rank = firstFailure(codes);
  const code = codes[rank] ?? 1;
  const hint = code === SEGFAULT ? ", a segmentation fault" : "";
  // The beginning is SkyPilot's: scripts look for it.
  const list = `Job ${job.jid} failed with return code list: [${codes.join(", ")}]`;
  if (codes.length === 1) return `${list}: the run script ended with exit code ${code}${hint}`;
  const nid = launches.find((launch) => launch.index === rank)?.nid ?? "";
  return `${list}: rank ${rank} on ${nodeName(nid)} ended with exit code ${code}${hint}`;
}

/** Names every node whose setup failed by itself, in SkyPilot's words, which scripts look for. */
export function setupFailed(job: Job): string {
  const failed = job.launches.filter(
    (launch) => launch.phase === "setup" && launch.exitCode !== null && launch.exitCode !== 0,
  );
  const own = failed.filter((launch) => launch.exitCode !== SIGKILLED);
  const workers = (own.length > 0 ? own : failed).map(
    ({ pid, exitCode, nid }) => `(pid=${pid ?? "unknown"}, returncode=${exitCode}, node=${nodeName(nid)})`,
  );
  return `Job ${job.jid}'s setup failed. Failed workers: ${workers.join(", ")}. See error logs above for more details.`;
}

/** The first code that is not a success and not our own kill; else the first that is not a success. */
function firstFailure(codes: readonly number[]): number {
  const own = codes.findIndex((code) => code !== 0 && code !== SIGKILLED);
  return own >= 0
    ? own
    : Math.max(
        0,
        codes.findIndex((code) => code !== 0),
      );
}

export const reasons = {
  cancelled: "cancelled by request",
  stopped: "the cluster was stopped before the job ended",
  headRestarted: "the cluster was stopped or restarted before the job ended",
  nodeRestarted: (nid: string) => `${nodeName(nid)} was restarted while the job ran on it`,
  nodeLost: (nid: string) => `${nodeName(nid)} does not answer any more`,
  refused: (nid: string, why: string) => `${nodeName(nid)} could not start the job: ${why}`,
  neverStarted: (times: number) => `the job could not be started in ${times} attempts`,
  cancelWaits: (nids: readonly string[]) =>
    `cancellation waits for ${nids.map(nodeName).join(", ")} to prove that its processes are dead`,
  waitsForRoom: "waits for room on the head's disk, which is full",
  waitsForResources: "waits for resources",
  waitsForNodes: (need: number, alive: number) => `waits for ${need} nodes, ${alive} answer`,
} as const;
