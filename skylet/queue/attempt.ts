// The life of one attempt of a job: commits its phases, takes starts and exits, ends it, proves it dead, buries or requeues it.
import { nodeState } from "#shared/lifecycle/node.ts";
import { jobStage } from "#shared/lifecycle/stage.ts";
import { jobState, type JobState } from "#shared/lifecycle/job.ts";
import { keepUrgently, setJobState, setStage, type Step } from "./decision.ts";
import { releaseRoom } from "./fit.ts";
import { rankFailed, reasons, setupFailed } from "./reasons.ts";
import type { Job, Launch, Outcome, Phase } from "./state.ts";

/** A gang that found a node not ready is tried again after this time. */
const RETRY_DELAY_MS = 500;
/** An attempt is repeated only if a node broke between record and start; twenty such in a row are no accident. */
const ATTEMPTS_MAX = 20;
/** Exit code of what was killed. */
const KILLED = 137;

/** Names one launch of the attempt under way. */
interface LaunchFact {
  readonly phase: Phase;
  readonly index: number;
}

/** Nothing of the attempt is decided any more: it ends or has ended. */
function isEnding(job: Job): boolean {
  return job.stage === jobStage.aborting || job.stage === jobStage.burying || job.stage === jobStage.final;
}

export function enterStage(step: Step, job: Job, stage: Job["stage"]): void {
  setStage(job, stage);
  job.stageSince = step.now;
  job.answered.clear();
}

/** Every node of the gang is ready: from here on, whatever crashes, the first phase is started. */
export function commitFirstPhase(step: Step, job: Job): void {
  if (!job.demand.hasSetup) return commitRun(step, job);
  enterStage(step, job, jobStage.setup);
  job.launches = [...step.state.nodes.values()]
    .filter((node) => node.state === nodeState.UP || holdsRoomOn(job, node.nid))
    .map((node) => createLaunch("setup", node.index, node.nid));
  keepUrgently(step, job);
  setJobState(step, job, jobState.SETTING_UP);
}

function commitRun(step: Step, job: Job): void {
  enterStage(step, job, jobStage.committed);
  job.launches.push(...job.placements.map((placement, rank) => createLaunch("run", rank, placement.nid)));
  keepUrgently(step, job);
}

function createLaunch(phase: Phase, index: number, nid: string): Launch {
  return { phase, index, nid, pid: null, exitCode: null, started: false };
}

function findLaunch(job: Job, fact: LaunchFact): Launch | undefined {
  return job.launches.find((launch) => launch.phase === fact.phase && launch.index === fact.index);
}

export function launchStarted(step: Step, job: Job, fact: LaunchFact & { readonly pid: number | null }): void {
  const launch = findLaunch(job, fact);
  if (launch === undefined) return;
  launch.started = true;
  if (fact.pid !== null) launch.pid = fact.pid;
  step.out.jobs.add(job);
  runsWhenAllStarted(step, job);
}

function runsWhenAllStarted(step: Step, job: Job): void {
  if (job.stage !== jobStage.committed || !launchesOf(job, "run").every((launch) => launch.started)) return;
  enterStage(step, job, jobStage.running);
  job.startedAt ??= step.now;
  setJobState(step, job, jobState.RUNNING);
}

export function launchExited(step: Step, job: Job, fact: LaunchFact & { readonly exitCode: number }): void {
  const launch = findLaunch(job, fact);
  if (launch === undefined || launch.exitCode !== null) return;
  launch.exitCode = fact.exitCode;
  launch.started = true;
  keepUrgently(step, job);
  if (isEnding(job)) return;
  runsWhenAllStarted(step, job);
  const launches = launchesOf(job, fact.phase);
  const allEnded = launches.every((other) => other.exitCode !== null);
  if (fact.exitCode !== 0) {
    const failure = outcome(fact.phase === "setup" ? jobState.FAILED_SETUP : jobState.FAILED);
    return allEnded ? finish(step, job, failure) : abort(step, job, failure);
  }
  if (!allEnded) return;
  if (fact.phase === "setup" && job.demand.hasRun) return commitRun(step, job);
  finish(step, job, { ...outcome(jobState.SUCCEEDED), exitCodes: codesOf(launches) });
}

/** A node has a record of a start, but nothing was started, and now never will be: only a new attempt can start it. */
export function launchMissing(step: Step, job: Job, fact: LaunchFact): void {
  const launch = findLaunch(job, fact);
  if (launch === undefined || launch.exitCode !== null || isEnding(job)) return;
  const again = job.attempt < ATTEMPTS_MAX;
  abort(
    step,
    job,
    again ? outcome(jobState.PENDING) : outcome(jobState.FAILED_DRIVER, reasons.neverStarted(job.attempt)),
  );
}

/** A node could not start its part, for a reason that the user can do something about. */
export function launchRefused(step: Step, job: Job, nid: string, why: string): void {
  if (!isEnding(job)) abort(step, job, outcome(jobState.FAILED_DRIVER, reasons.refused(nid, why)));
}

/** A node is lost or was restarted: what ran on it is gone or will never be heard of. */
export function partLost(step: Step, job: Job, nid: string, reason: string): void {
  if (job.stage === jobStage.starting) return requeue(step, job);
  if (job.stage === jobStage.aborting) return finishWhenDead(step, job);
  if (isEnding(job)) return;
  if (holdsRoomOn(job, nid)) {
    const unfinished = job.launches.some((launch) => launch.nid === nid && launch.exitCode === null);
    if (unfinished || job.stage === jobStage.setup) abort(step, job, outcome(jobState.FAILED_DRIVER, reason));
    return;
  }
  // A node that only took part in the setup is not needed for the run.
  const launch = job.launches.find((other) => other.nid === nid && other.phase === "setup" && other.exitCode === null);
  if (launch !== undefined) launchExited(step, job, { phase: "setup", index: launch.index, exitCode: 0 });
}

export function outcome(state: JobState, reason: string | null = null, graceMs = 0): Outcome {
  return { state, reason, exitCodes: null, graceMs };
}

/**
 * Ends the attempt with `wanted` after every process of it is proven dead. A wish to cancel wins over any other outcome
 * that is not written as final yet; otherwise the first outcome stays.
 */
export function abort(step: Step, job: Job, wanted: Outcome): void {
  if (job.stage === jobStage.final || job.stage === jobStage.burying) return;
  keepUrgently(step, job);
  if (job.stage === jobStage.aborting) overrule(job, wanted);
  else {
    if (job.stage === jobStage.starting || job.stage === jobStage.queued) releaseRoom(step.state, job);
    enterStage(step, job, jobStage.aborting);
    job.outcome = wanted;
    if (wanted.state !== jobState.CANCELLED) leaveEndedNodes(job);
  }
  finishWhenDead(step, job);
}

function overrule(job: Job, wanted: Outcome): void {
  const cancels = wanted.state === jobState.CANCELLED && job.outcome?.state !== jobState.CANCELLED;
  // A cancelled job leaves nothing behind, so nodes whose scripts ended by themselves are asked as well.
  if (cancels) job.answered.clear();
  if (cancels || job.outcome?.state === jobState.PENDING) job.outcome = wanted;
}

/** Where all of a job's scripts ended by themselves nothing is killed: what they left behind lives on, as after success. */
function leaveEndedNodes(job: Job): void {
  for (const [nid, launches] of Map.groupBy(job.launches, (launch) => launch.nid)) {
    if (launches.every((launch) => launch.exitCode !== null)) job.answered.add(nid);
  }
}

export function nodeProvedDead(step: Step, job: Job, nid: string): void {
  if (job.stage !== jobStage.aborting && job.stage !== jobStage.burying) return;
  job.answered.add(nid);
  if (job.stage === jobStage.aborting) finishWhenDead(step, job);
  else if (nodesToProve(job).length === 0) bury(step, job);
}

function finishWhenDead(step: Step, job: Job): void {
  const wanted = job.outcome;
  if (job.stage !== jobStage.aborting || wanted === null) return;
  const missing = nodesToProve(job);
  const lost = missing.filter((nid) => step.state.nodes.get(nid)?.state === nodeState.LOST);
  if (lost.length < missing.length) return;
  if (lost.length > 0 && wanted.state === jobState.CANCELLED) {
    job.reason = reasons.cancelWaits(lost);
    return;
  }
  if (wanted.state !== jobState.PENDING) return finish(step, job, wanted);
  if (lost.length === 0) return requeue(step, job);
  // The lost node may run its part still: another attempt beside it would be a second incarnation.
  finish(step, job, outcome(jobState.FAILED_DRIVER, reasons.nodeLost(lost[0] ?? "")));
}

/** Nodes of the attempt that did not say yet that nothing of it lives. While a job is buried, only those that hold its room. */
export function nodesToProve(job: Job): string[] {
  const nids = new Set(job.launches.map((launch) => launch.nid));
  const missing = [...nids].filter((nid) => !job.answered.has(nid));
  return job.stage === jobStage.burying ? missing.filter((nid) => holdsRoomOn(job, nid)) : missing;
}

function holdsRoomOn(job: Job, nid: string): boolean {
  return job.placements.some((placement) => placement.nid === nid);
}

function finish(step: Step, job: Job, ended: Outcome): void {
  job.exitCodes = ended.exitCodes ?? exitCodesFor(job, ended.state);
  job.reason = ended.reason ?? reasonFor(job, ended.state);
  job.endedAt = step.now;
  job.outcome = null;
  const unproven = job.stage === jobStage.aborting ? nodesToProve(job).filter((nid) => holdsRoomOn(job, nid)) : [];
  setStage(job, jobStage.burying);
  keepUrgently(step, job);
  setJobState(step, job, ended.state);
  releaseRoom(step.state, job, (nid) => !unproven.includes(nid));
  if (unproven.length === 0) bury(step, job);
}

function bury(step: Step, job: Job): void {
  releaseRoom(step.state, job);
  setStage(job, jobStage.final);
  keepUrgently(step, job);
  step.state.jobs.delete(job.jid);
}

function launchesOf(job: Job, phase: Phase): Launch[] {
  return job.launches.filter((launch) => launch.phase === phase);
}

function codesOf(launches: readonly Launch[]): number[] {
  return launches.map((launch) => launch.exitCode ?? KILLED);
}

function exitCodesFor(job: Job, ended: JobState): number[] | null {
  if (ended === jobState.FAILED_SETUP) return codesOf(launchesOf(job, "setup"));
  const ranks = launchesOf(job, "run");
  return ranks.length > 0 && (ended === jobState.FAILED || ended === jobState.CANCELLED) ? codesOf(ranks) : null;
}

function reasonFor(job: Job, ended: JobState): string | null {
  if (ended === jobState.FAILED) return rankFailed(job, job.exitCodes ?? []);
  if (ended === jobState.FAILED_SETUP) return setupFailed(job);
  return null;
}

/** Back to its place in the queue. The attempt's number is spent. */
export function requeue(step: Step, job: Job): void {
  const { state } = step;
  releaseRoom(state, job);
  enterStage(step, job, jobStage.queued);
  job.launches = [];
  job.outcome = null;
  job.confirmed.clear();
  job.notBefore = step.now + RETRY_DELAY_MS;
  keepUrgently(step, job);
  setJobState(step, job, jobState.PENDING);
  const waiting = state.queue.slice(state.queueHead);
  const at = waiting.findIndex((jid) => jid > job.jid);
  waiting.splice(at < 0 ? waiting.length : at, 0, job.jid);
  state.queue = waiting;
  state.queueHead = 0;
}
