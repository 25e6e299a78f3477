// Says what the nodes must be asked about a job. Follows from the job alone, so a restart asks again and nothing else.
import { nodesToProve } from "./attempt.ts";
import type { Job, Launch, Phase } from "./state.ts";

/** A question for one node, repeated until it is answered. */
export interface Ask {
  readonly op: "reserve" | "start" | "status" | "kill";
  readonly jid: number;
  readonly attempt: number;
  readonly nid: string;
  readonly launches: readonly Launch[];
  readonly graceMs: number;
}

export function asksOf(job: Job): Ask[] {
  switch (job.stage) {
    case "queued":
    case "final":
      return [];
    case "starting":
      return job.placements.filter(({ nid }) => !job.answered.has(nid)).map(({ nid }) => askFor(job, "reserve", nid));
    case "aborting":
    case "burying":
      return nodesToProve(job).map((nid) => askFor(job, "kill", nid));
    case "setup":
      return asksAboutLaunches(job, "setup");
    case "committed":
    case "running":
      return asksAboutLaunches(job, "run");
  }
}

/** What was not started yet is started; what was is asked for until its node has told once. */
function asksAboutLaunches(job: Job, phase: Phase): Ask[] {
  const open = job.launches.filter((launch) => launch.phase === phase && launch.exitCode === null);
  const asks: Ask[] = [];
  for (const [nid, launches] of Map.groupBy(open, (launch) => launch.nid)) {
    const fresh = launches.filter((launch) => !launch.started);
    if (fresh.length > 0) asks.push(askFor(job, "start", nid, fresh));
    else if (!job.confirmed.has(nid)) asks.push(askFor(job, "status", nid, launches));
  }
  return asks;
}

function askFor(job: Job, op: Ask["op"], nid: string, launches: readonly Launch[] = []): Ask {
  return { op, jid: job.jid, attempt: job.attempt, nid, launches, graceMs: job.outcome?.graceMs ?? 0 };
}
