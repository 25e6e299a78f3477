// Decides what follows from a fact: a submission, a wish to cancel, an answer of a node, its silence, time. Does nothing
// itself: it changes the state it is given and says what must be written. Pure: the same facts give the same decisions.
import { move } from "#shared/lifecycle/moves.ts";
import { nodeLife, nodeState } from "#shared/lifecycle/node.ts";
import { jobStage } from "#shared/lifecycle/stage.ts";
import { jobState } from "#shared/lifecycle/job.ts";
import {
  abort,
  commitFirstPhase,
  launchExited,
  launchMissing,
  launchRefused,
  launchStarted,
  nodeProvedDead,
  outcome,
  partLost,
  requeue,
} from "./attempt.ts";
import type { Step } from "./decision.ts";
import { reasons } from "./reasons.ts";
import { triedJobs } from "./schedule.ts";
import { involvedNodes, type Demand, type Job, type Phase } from "./state.ts";

/** Nodes that do not say "ready" in this time are not ready; a request to one takes milliseconds. */
const READY_DEADLINE_MS = 3_000;

interface OfAttempt {
  readonly jid: number;
  readonly attempt: number;
}

interface OfLaunch extends OfAttempt {
  readonly phase: Phase;
  readonly index: number;
}

/** What nodes answer about an attempt, and what they tell by themselves. */
type AttemptFact =
  | ({ readonly f: "ready"; readonly nid: string; readonly ok: boolean } & OfAttempt)
  | ({ readonly f: "started"; readonly pid: number | null } & OfLaunch)
  | ({ readonly f: "exited"; readonly exitCode: number } & OfLaunch)
  | ({ readonly f: "missing"; readonly nid: string } & OfLaunch)
  | ({ readonly f: "refused"; readonly nid: string; readonly why: string } & OfAttempt)
  | ({ readonly f: "confirmed"; readonly nid: string } & OfAttempt)
  | ({ readonly f: "dead"; readonly nid: string } & OfAttempt);

type NodeFact = { readonly f: "node-up" | "node-suspect" | "node-lost" | "node-restarted"; readonly nid: string };

type SubmitFact = {
  readonly f: "submit";
  readonly idem: string;
  readonly specHash: string;
  readonly demand: Omit<Demand, "specId">;
  readonly copies: number;
};

/** Something that happened, or that somebody wishes. */
export type Fact =
  | SubmitFact
  /** `stop`: nobody cancels the job, but its machines go. */
  | { readonly f: "cancel" | "stop"; readonly jid: number; readonly graceMs: number }
  | { readonly f: "drain" }
  | { readonly f: "head-restarted" }
  | { readonly f: "tick" }
  | AttemptFact
  | NodeFact;

/** Applies one fact. Facts about a past attempt change nothing, and a fact that comes twice changes nothing twice. */
export function decide(step: Step, fact: Fact): void {
  const { state } = step;
  switch (fact.f) {
    case "submit":
      return submit(step, fact);
    case "cancel":
    case "stop": {
      const job = state.jobs.get(fact.jid);
      const [ended, why] =
        fact.f === "cancel"
          ? ([jobState.CANCELLED, reasons.cancelled] as const)
          : ([jobState.FAILED_DRIVER, reasons.stopped] as const);
      if (job !== undefined) abort(step, job, outcome(ended, why, fact.graceMs));
      return;
    }
    case "drain":
      state.draining = true;
      return;
    case "head-restarted":
      return headRestarted(step);
    case "tick":
      return tick(step);
    case "node-up":
    case "node-suspect":
    case "node-lost":
    case "node-restarted":
      return nodeChanged(step, fact);
    default: {
      const job = state.jobs.get(fact.jid);
      if (job !== undefined && job.attempt === fact.attempt) attemptChanged(step, job, fact);
    }
  }
}

function submit(step: Step, fact: SubmitFact): void {
  const { state, out, now } = step;
  const first = state.nextJid;
  const demand: Demand = { ...fact.demand, specId: first };
  const { name, user, numNodes } = demand;
  state.nextJid += fact.copies;
  out.submissions.push({ idem: fact.idem, specHash: fact.specHash, first, copies: fact.copies });
  out.urgent = true;
  for (let jid = first; jid < first + fact.copies; jid++) {
    const job = createJob(jid, demand, now);
    state.jobs.set(jid, job);
    state.queue.push(jid);
    out.jobs.add(job);
    out.events.push({ type: "job-submitted", jid, name, user, numNodes });
  }
}

function createJob(jid: number, demand: Demand, now: number): Job {
  return {
    jid,
    demand,
    state: jobState.PENDING,
    stage: jobStage.queued,
    attempt: 0,
    submittedAt: now,
    startedAt: null,
    endedAt: null,
    exitCodes: null,
    reason: null,
    placements: [],
    launches: [],
    outcome: null,
    answered: new Set(),
    confirmed: new Set(),
    stageSince: now,
    notBefore: 0,
  };
}

function attemptChanged(step: Step, job: Job, fact: AttemptFact): void {
  switch (fact.f) {
    case "ready":
      return nodeReady(step, job, fact);
    case "started":
      return launchStarted(step, job, fact);
    case "exited":
      return launchExited(step, job, fact);
    case "missing":
      return launchMissing(step, job, fact);
    case "refused":
      return launchRefused(step, job, fact.nid, fact.why);
    case "confirmed":
      job.confirmed.add(fact.nid);
      return;
    case "dead":
      return nodeProvedDead(step, job, fact.nid);
  }
}

function nodeReady(step: Step, job: Job, fact: { readonly nid: string; readonly ok: boolean }): void {
  if (job.stage !== jobStage.starting) return;
  if (!fact.ok) return requeue(step, job);
  job.answered.add(fact.nid);
  if (job.placements.every((placement) => job.answered.has(placement.nid))) commitFirstPhase(step, job);
}

function nodeChanged(step: Step, fact: NodeFact): void {
  const { state, out } = step;
  const node = state.nodes.get(fact.nid);
  if (node === undefined) return;
  const touched = [...state.jobs.values()].filter((job) => involvedNodes(job).has(fact.nid));
  switch (fact.f) {
    case "node-suspect":
      // Who is silent already, or lost, is no more so.
      if (node.state === nodeState.UP) node.state = move(nodeLife, node.state, "silence");
      return;
    case "node-up":
    case "node-restarted":
      if (node.state === nodeState.LOST || !node.joined) out.events.push({ type: "node-up", nid: fact.nid });
      node.state = move(nodeLife, node.state, "hear");
      node.joined = true;
      for (const job of touched) job.confirmed.delete(fact.nid);
      if (fact.f === "node-up") return;
      break;
    case "node-lost":
      if (node.state === nodeState.LOST) return;
      node.state = move(nodeLife, node.state, "lose");
      out.events.push({ type: "node-lost", nid: fact.nid, reason: reasons.nodeLost(fact.nid) });
      break;
  }
  const reason = fact.f === "node-lost" ? reasons.nodeLost(fact.nid) : reasons.nodeRestarted(fact.nid);
  // A restart killed what ran, but an order to start may be on its way still: the node is asked to forbid it all the same.
  for (const job of touched) partLost(step, job, fact.nid, reason);
}

/** Jobs from before the node's last boot do not come back; the head's own processes were killed before this is said. */
function headRestarted(step: Step): void {
  for (const job of [...step.state.jobs.values()]) {
    abort(step, job, outcome(jobState.FAILED_DRIVER, reasons.headRestarted));
    nodeProvedDead(step, job, "n0");
  }
}

function tick(step: Step): void {
  for (const job of triedJobs(step.state)) {
    if (job.stage === jobStage.starting && step.now - job.stageSince > READY_DEADLINE_MS) requeue(step, job);
  }
}
