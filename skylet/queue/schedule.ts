// Gives nodes to waiting jobs: strictly in the order of their ids, the first or none.
import { nodeState } from "#shared/lifecycle/node.ts";
import { jobStage } from "#shared/lifecycle/stage.ts";
import { commitFirstPhase, enterStage } from "./attempt.ts";
import { keepUrgently, type Step } from "./decision.ts";
import { fit, takeRoom } from "./fit.ts";
import { reasons } from "./reasons.ts";
import type { Demand, HeadState, Job } from "./state.ts";

/** To be called after every batch of facts, before the decision is written. */
export function schedule(step: Step, hasRoom: () => boolean): void {
  const { state, now } = step;
  if (state.draining || someJobIsStarting(state)) return;
  for (;;) {
    const job = firstQueued(state);
    if (job === null || job.notBefore > now) return;
    if (!hasRoom()) {
      job.reason = reasons.waitsForRoom;
      return;
    }
    const placements = fit(state, job.demand);
    if (placements === null) {
      job.reason = whatItWaitsFor(state, job.demand);
      return;
    }
    state.queueHead++;
    takeRoom(state, placements);
    job.placements = placements;
    job.attempt++;
    job.reason = null;
    enterStage(step, job, jobStage.starting);
    keepUrgently(step, job);
    // Other nodes are asked first whether they are ready, and until then nobody else may start.
    if (placements.some((placement) => placement.nid !== "n0")) return;
    commitFirstPhase(step, job);
  }
}

function someJobIsStarting(state: HeadState): boolean {
  return triedJobs(state).some((job) => job.stage === jobStage.starting);
}

/** Jobs that were given nodes at least once. They come before all others: jobs are in order of their ids, and start in it. */
export function triedJobs(state: HeadState): Job[] {
  const tried: Job[] = [];
  for (const job of state.jobs.values()) {
    if (job.attempt === 0) break;
    tried.push(job);
  }
  return tried;
}

function firstQueued(state: HeadState): Job | null {
  while (state.queueHead < state.queue.length) {
    const job = state.jobs.get(state.queue[state.queueHead] ?? 0);
    if (job?.stage === jobStage.queued) return job;
    state.queueHead++;
  }
  state.queue = [];
  state.queueHead = 0;
  return null;
}

function whatItWaitsFor(state: HeadState, demand: Demand): string {
  const alive = [...state.nodes.values()].filter((node) => node.state === nodeState.UP).length;
  return alive < demand.numNodes ? reasons.waitsForNodes(demand.numNodes, alive) : reasons.waitsForResources;
}
