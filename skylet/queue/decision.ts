// What a batch of facts leads to, and the step in which it is worked out.
import { jobLife, type JobState } from "#shared/lifecycle/job.ts";
import { become } from "#shared/lifecycle/moves.ts";
import { stageLife, type Stage } from "#shared/lifecycle/stage.ts";
import type { ClusterEvent } from "#shared/wire/events.ts";
import type { HeadState, Job } from "./state.ts";

/** All of it is written in one transaction before anything is asked of a node. */
export interface Decision {
  /** Jobs whose rows change. */
  readonly jobs: Set<Job>;
  readonly events: ClusterEvent[];
  readonly submissions: {
    readonly idem: string;
    readonly specHash: string;
    readonly first: number;
    readonly copies: number;
  }[];
  /** False: losing it in a crash is harmless, so it may wait for the next transaction. */
  urgent: boolean;
}

export function emptyDecision(): Decision {
  return { jobs: new Set(), events: [], submissions: [], urgent: false };
}

/** Both, the left first. */
export function mergeDecisions(left: Decision, right: Decision): Decision {
  if (left.jobs.size === 0 && left.events.length === 0) return right;
  return {
    jobs: new Set([...left.jobs, ...right.jobs]),
    events: [...left.events, ...right.events],
    submissions: [...left.submissions, ...right.submissions],
    urgent: left.urgent || right.urgent,
  };
}

/** The state that a fact changes, when it came, and what must be written for it. */
export interface Step {
  readonly state: HeadState;
  readonly now: number;
  readonly out: Decision;
}

/** The stage that comes next. Throws illegal-move when no attempt goes that way. */
export function setStage(job: Job, next: Stage): void {
  job.stage = become(stageLife, job.stage, next);
}

/** Keeps the job's row, and tells the controller when the state that users see is another. Throws illegal-move. */
export function setJobState(step: Step, job: Job, next: JobState): void {
  step.out.jobs.add(job);
  if (job.state === next) return;
  job.state = become(jobLife, job.state, next);
  const { jid, attempt, exitCodes, reason } = job;
  step.out.events.push({ type: "job-state", jid, state: next, attempt, exitCodes, reason });
}

/** The job's row must be on the disk before anything follows. */
export function keepUrgently(step: Step, job: Job): void {
  step.out.jobs.add(job);
  step.out.urgent = true;
}
