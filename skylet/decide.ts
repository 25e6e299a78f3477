// Decides what happens to the jobs of a cluster: who starts when and where, what follows from an exit, a lost node, a wish
// to cancel. Does nothing itself: it changes the state it is given, says what must be written, and `asksOf` says what the
// nodes must be asked. Whatever is asked follows from written state alone, so a restart asks again and nothing else.
import type { ClusterEvent } from "#shared/wire/events.ts";
import type { JobState } from "#shared/lifecycle/job.ts";
import { fit, releaseRoom, takeRoom } from "./queue/fit.ts";
import { rankFailed, reasons, setupFailed } from "./queue/reasons.ts";
import type { Demand, HeadState, Job, Launch, Outcome, Phase } from "./queue/state.ts";
import { involvedNodes } from "./queue/state.ts";

/** Nodes that do not say "ready" in this time are not ready; a request to one takes milliseconds. */
export const READY_DEADLINE_MS = 3_000;
/** A gang that found a node not ready is tried again after this time. */
const RETRY_DELAY_MS = 500;
/** An attempt is repeated only if a node broke between record and start; twenty such in a row are no accident. */
const ATTEMPTS_MAX = 20;
const KILLED = 137;

/** Something that happened, or that somebody wishes. */
export type Fact =
  | { readonly f: "submit"; readonly idem: string; readonly specHash: string; readonly demand: Omit<Demand, "specId">; readonly copies: number }
  | { readonly f: "cancel"; readonly jid: number; readonly graceMs: number }
  | { readonly f: "drain" }
  | { readonly f: "ready"; readonly jid: number; readonly attempt: number; readonly nid: string; readonly ok: boolean }
  | { readonly f: "started"; readonly jid: number; readonly attempt: number; readonly phase: Phase; readonly index: number; readonly pid: number | null }
  | { readonly f: "exited"; readonly jid: number; readonly attempt: number; readonly phase: Phase; readonly index: number; readonly exitCode: number }
  | { readonly f: "missing"; readonly jid: number; readonly attempt: number; readonly phase: Phase; readonly index: number; readonly nid: string }
  | { readonly f: "refused"; readonly jid: number; readonly attempt: number; readonly nid: string; readonly why: string }
  | { readonly f: "confirmed"; readonly jid: number; readonly attempt: number; readonly nid: string }
  | { readonly f: "dead"; readonly jid: number; readonly attempt: number; readonly nid: string }
  | { readonly f: "node-up"; readonly nid: string }
  | { readonly f: "node-suspect"; readonly nid: string }
  | { readonly f: "node-lost"; readonly nid: string }
  | { readonly f: "node-restarted"; readonly nid: string }
  | { readonly f: "head-restarted" }
  | { readonly f: "tick" };

/** What a batch of facts leads to; all of it is written in one transaction before anything is asked of a node. */
export interface Decision {
  /** Jobs whose rows change. */
  readonly jobs: Set<Job>;
  readonly events: ClusterEvent[];
  readonly submissions: { readonly idem: string; readonly specHash: string; readonly first: number; readonly copies: number }[];
  /** False: losing it in a crash is harmless, so it may wait for the next transaction. */
  urgent: boolean;
}

export function emptyDecision(): Decision {
  return { jobs: new Set(), events: [], submissions: [], urgent: false };
}

/** A question for one node, repeated until it is answered. */
export interface Ask {
  readonly op: "reserve" | "start" | "status" | "kill";
  readonly jid: number;
  readonly attempt: number;
  readonly nid: string;
  readonly launches: readonly Launch[];
  readonly graceMs: number;
}

/** Applies one fact to `state` and adds what must be written to `out`. Facts about a past attempt change nothing. */
export function decide(state: HeadState, fact: Fact, now: number, out: Decision): void {
  switch (fact.f) {
    case "submit":
      return submit(state, fact, now, out);
    case "cancel":
      return cancel(state, fact, now, out);
    case "drain":
      state.draining = true;
      return;
    case "ready":
    case "started":
    case "exited":
    case "missing":
    case "refused":
    case "confirmed":
    case "dead":
      return answered(state, fact, now, out);
    case "node-up":
    case "node-suspect":
    case "node-lost":
    case "node-restarted":
      return nodeChanged(state, fact, now, out);
    case "head-restarted":
      for (const job of [...state.jobs.values()]) {
        abort(state, job, { state: "FAILED_DRIVER", reason: reasons.headRestarted, exitCodes: null, graceMs: 0 }, now, out);
        nodeProvedDead(state, job, "n0", now, out);
      }
      return;
    case "tick":
      return tick(state, now, out);
  }
}

function submit(state: HeadState, fact: Extract<Fact, { f: "submit" }>, now: number, out: Decision): void {
  const first = state.nextJid;
  const demand: Demand = { ...fact.demand, specId: first };
  state.nextJid += fact.copies;
  out.submissions.push({ idem: fact.idem, specHash: fact.specHash, first, copies: fact.copies });
  out.urgent = true;
  for (let jid = first; jid < first + fact.copies; jid++) {
    const job = createJob(jid, demand, now);
    state.jobs.set(jid, job);
    state.queue.push(jid);
    out.jobs.add(job);
    const { name, user, numNodes } = demand;
    out.events.push({ type: "job-submitted", jid, name, user, numNodes });
  }
}

/** A job that just entered the queue. */
export function createJob(jid: number, demand: Demand, now: number): Job {
  return {
    jid, demand, state: "PENDING", stage: "queued", attempt: 0, submittedAt: now, startedAt: null, endedAt: null,
    exitCodes: null, reason: null, placements: [], launches: [], outcome: null,
    answered: new Set(), confirmed: new Set(), stageSince: now, notBefore: 0,
  };
}

function cancel(state: HeadState, fact: Extract<Fact, { f: "cancel" }>, now: number, out: Decision): void {
  const job = state.jobs.get(fact.jid);
  if (job === undefined || job.stage === "burying") return;
  abort(state, job, { state: "CANCELLED", reason: reasons.cancelled, exitCodes: null, graceMs: fact.graceMs }, now, out);
}

/** What nodes answer, and what they tell by themselves. */
function answered(
  state: HeadState,
  fact: Extract<Fact, { attempt: number }>,
  now: number,
  out: Decision,
): void {
  const job = state.jobs.get(fact.jid);
  if (job === undefined || job.attempt !== fact.attempt) return;
  switch (fact.f) {
    case "ready":
      if (job.stage !== "starting") return;
      if (!fact.ok) return requeue(state, job, now, out);
      job.answered.add(fact.nid);
      if (job.placements.every((placement) => job.answered.has(placement.nid))) commitFirstPhase(state, job, now, out);
      return;
    case "started":
      return launchStarted(job, fact, now, out);
    case "exited":
      return launchExited(state, job, fact, now, out);
    case "missing":
      return launchMissing(state, job, fact, now, out);
    case "refused": {
      if (job.stage === "aborting" || job.stage === "burying") return;
      const reason = reasons.refused(fact.nid, fact.why);
      return abort(state, job, { state: "FAILED_DRIVER", reason, exitCodes: null, graceMs: 0 }, now, out);
    }
    case "confirmed":
      job.confirmed.add(fact.nid);
      return;
    case "dead":
      return nodeProvedDead(state, job, fact.nid, now, out);
  }
}

function findLaunch(job: Job, phase: Phase, index: number): Launch | undefined {
  return job.launches.find((launch) => launch.phase === phase && launch.index === index);
}

function launchStarted(job: Job, fact: Extract<Fact, { f: "started" }>, now: number, out: Decision): void {
  const launch = findLaunch(job, fact.phase, fact.index);
  if (launch === undefined) return;
  launch.started = true;
  if (fact.pid !== null) launch.pid = fact.pid;
  out.jobs.add(job);
  runsWhenAllStarted(job, now, out);
}

function runsWhenAllStarted(job: Job, now: number, out: Decision): void {
  if (job.stage !== "committed" || !launchesOf(job, "run").every((launch) => launch.started)) return;
  enter(job, "running", now);
  job.startedAt ??= now;
  setState(job, "RUNNING", out);
}

function launchExited(state: HeadState, job: Job, fact: Extract<Fact, { f: "exited" }>, now: number, out: Decision): void {
  const launch = findLaunch(job, fact.phase, fact.index);
  if (launch === undefined || launch.exitCode !== null) return;
  launch.exitCode = fact.exitCode;
  launch.started = true;
  out.jobs.add(job);
  out.urgent = true;
  if (job.stage === "aborting" || job.stage === "burying") return;
  runsWhenAllStarted(job, now, out);
  const launches = launchesOf(job, fact.phase);
  if (fact.exitCode !== 0) {
    const failure: JobState = fact.phase === "setup" ? "FAILED_SETUP" : "FAILED";
    if (launches.every((other) => other.exitCode !== null)) {
      finish(state, job, { state: failure, reason: null, exitCodes: null, graceMs: 0 }, now, out);
      return;
    }
    abort(state, job, { state: failure, reason: null, exitCodes: null, graceMs: 0 }, now, out);
    return;
  }
  if (launches.some((other) => other.exitCode === null)) return;
  if (fact.phase === "setup" && job.demand.hasRun) return commitRun(job, now, out);
  finish(state, job, { state: "SUCCEEDED", reason: null, exitCodes: codesOf(launches), graceMs: 0 }, now, out);
}

/** A node has a record of a start, but nothing was started, and now never will be: only a new attempt can start it. */
function launchMissing(state: HeadState, job: Job, fact: Extract<Fact, { f: "missing" }>, now: number, out: Decision): void {
  const launch = findLaunch(job, fact.phase, fact.index);
  if (launch === undefined || launch.exitCode !== null || job.stage === "aborting" || job.stage === "burying") return;
  const again = job.attempt < ATTEMPTS_MAX;
  const outcome: Outcome = again
    ? { state: "PENDING", reason: null, exitCodes: null, graceMs: 0 }
    : { state: "FAILED_DRIVER", reason: reasons.neverStarted(job.attempt), exitCodes: null, graceMs: 0 };
  abort(state, job, outcome, now, out);
}

function launchesOf(job: Job, phase: Phase): Launch[] {
  return job.launches.filter((launch) => launch.phase === phase);
}

function codesOf(launches: readonly Launch[]): number[] {
  return launches.map((launch) => launch.exitCode ?? KILLED);
}

function commitFirstPhase(state: HeadState, job: Job, now: number, out: Decision): void {
  if (!job.demand.hasSetup) return commitRun(job, now, out);
  enter(job, "setup", now);
  job.launches = [...state.nodes.values()]
    .filter((node) => node.state === "UP" || job.placements.some((placement) => placement.nid === node.nid))
    .map((node) => createLaunch("setup", node.index, node.nid));
  out.urgent = true;
  setState(job, "SETTING_UP", out);
}

function commitRun(job: Job, now: number, out: Decision): void {
  enter(job, "committed", now);
  job.launches.push(...job.placements.map((placement, rank) => createLaunch("run", rank, placement.nid)));
  out.jobs.add(job);
  out.urgent = true;
}

function createLaunch(phase: Phase, index: number, nid: string): Launch {
  return { phase, index, nid, pid: null, exitCode: null, started: false };
}

function enter(job: Job, stage: Job["stage"], now: number): void {
  job.stage = stage;
  job.stageSince = now;
  job.answered.clear();
}

function setState(job: Job, next: JobState, out: Decision): void {
  out.jobs.add(job);
  if (job.state === next) return;
  job.state = next;
  const { jid, attempt, exitCodes, reason } = job;
  out.events.push({ type: "job-state", jid, state: next, attempt, exitCodes, reason });
}

/**
 * Ends the attempt with `outcome` after every process of it is proven dead. A wish to cancel wins over any other outcome
 * that is not written as final yet; otherwise the first outcome stays.
 */
function abort(state: HeadState, job: Job, outcome: Outcome, now: number, out: Decision): void {
  if (job.stage === "final" || job.stage === "burying") return;
  out.urgent = true;
  out.jobs.add(job);
  if (job.stage === "aborting") {
    if (outcome.state === "CANCELLED" && job.outcome?.state !== "CANCELLED") job.answered.clear();
    if (outcome.state === "CANCELLED" || job.outcome?.state === "PENDING") job.outcome = outcome;
  } else {
    if (job.stage === "starting" || job.stage === "queued") releaseRoom(state, job);
    enter(job, "aborting", now);
    job.outcome = outcome;
    if (outcome.state !== "CANCELLED") leaveEndedNodes(job);
  }
  finishWhenDead(state, job, now, out);
}

/** Where all of a job's scripts ended by themselves nothing is killed: what they left behind lives on, as after success. */
function leaveEndedNodes(job: Job): void {
  for (const [nid, launches] of Map.groupBy(job.launches, (launch) => launch.nid)) {
    if (launches.every((launch) => launch.exitCode !== null)) job.answered.add(nid);
  }
}

function nodeProvedDead(state: HeadState, job: Job, nid: string, now: number, out: Decision): void {
  if (job.stage !== "aborting" && job.stage !== "burying") return;
  job.answered.add(nid);
  if (job.stage === "aborting") finishWhenDead(state, job, now, out);
  else if (nodesToProve(job).length === 0) close(state, job, out);
}

function finishWhenDead(state: HeadState, job: Job, now: number, out: Decision): void {
  const { outcome } = job;
  if (job.stage !== "aborting" || outcome === null) return;
  const missing = nodesToProve(job);
  const lost = missing.filter((nid) => state.nodes.get(nid)?.state === "LOST");
  if (lost.length < missing.length) return;
  if (lost.length > 0 && outcome.state === "CANCELLED") {
    job.reason = reasons.cancelWaits(lost);
    return;
  }
  if (lost.length > 0 && outcome.state === "PENDING") {
    // The lost node may run its part still: another attempt beside it would be a second incarnation.
    finish(state, job, { ...outcome, state: "FAILED_DRIVER", reason: reasons.nodeLost(lost[0] ?? "") }, now, out);
    return;
  }
  if (outcome.state === "PENDING") return requeue(state, job, now, out);
  finish(state, job, outcome, now, out);
}

/** While a job is being buried, only nodes whose room it still holds. */
function nodesToProve(job: Job): string[] {
  const nids = new Set(job.launches.map((launch) => launch.nid));
  const missing = [...nids].filter((nid) => !job.answered.has(nid));
  return job.stage === "burying" ? missing.filter((nid) => holdsRoomOn(job, nid)) : missing;
}

function holdsRoomOn(job: Job, nid: string): boolean {
  return job.placements.some((placement) => placement.nid === nid);
}

function finish(state: HeadState, job: Job, outcome: Outcome, now: number, out: Decision): void {
  job.exitCodes = outcome.exitCodes ?? exitCodesFor(job, outcome.state);
  job.reason = outcome.reason ?? reasonFor(job, outcome.state);
  job.endedAt = now;
  job.outcome = null;
  const unproven = job.stage === "aborting" ? nodesToProve(job).filter((nid) => holdsRoomOn(job, nid)) : [];
  job.stage = "burying";
  out.urgent = true;
  setState(job, outcome.state, out);
  releaseRoom(state, job, (nid) => !unproven.includes(nid));
  if (unproven.length === 0) close(state, job, out);
}

function close(state: HeadState, job: Job, out: Decision): void {
  releaseRoom(state, job);
  job.stage = "final";
  out.jobs.add(job);
  out.urgent = true;
  state.jobs.delete(job.jid);
}

function exitCodesFor(job: Job, ended: JobState): number[] | null {
  if (ended === "FAILED_SETUP") return codesOf(launchesOf(job, "setup"));
  const ranks = launchesOf(job, "run");
  return ranks.length > 0 && (ended === "FAILED" || ended === "CANCELLED") ? codesOf(ranks) : null;
}

function reasonFor(job: Job, ended: JobState): string | null {
  if (ended === "FAILED") return rankFailed(job, job.exitCodes ?? []);
  if (ended === "FAILED_SETUP") return setupFailed(job, job.exitCodes ?? []);
  return null;
}

/** Back to its place in the queue. The attempt's number is spent. */
function requeue(state: HeadState, job: Job, now: number, out: Decision): void {
  releaseRoom(state, job);
  enter(job, "queued", now);
  job.launches = [];
  job.outcome = null;
  job.confirmed.clear();
  job.notBefore = now + RETRY_DELAY_MS;
  out.urgent = true;
  setState(job, "PENDING", out);
  const waiting = state.queue.slice(state.queueHead);
  const at = waiting.findIndex((jid) => jid > job.jid);
  waiting.splice(at < 0 ? waiting.length : at, 0, job.jid);
  state.queue = waiting;
  state.queueHead = 0;
}

function nodeChanged(state: HeadState, fact: Extract<Fact, { nid: string; f: `node-${string}` }>, now: number, out: Decision): void {
  const node = state.nodes.get(fact.nid);
  if (node === undefined) return;
  const touched = [...state.jobs.values()].filter((job) => involvedNodes(job).has(fact.nid));
  switch (fact.f) {
    case "node-suspect":
      if (node.state === "UP") node.state = "SUSPECT";
      return;
    case "node-up":
    case "node-restarted":
      if (node.state === "LOST" || !node.joined) out.events.push({ type: "node-up", nid: fact.nid });
      node.state = "UP";
      node.joined = true;
      for (const job of touched) job.confirmed.delete(fact.nid);
      break;
    case "node-lost":
      if (node.state === "LOST") return;
      node.state = "LOST";
      out.events.push({ type: "node-lost", nid: fact.nid, reason: reasons.nodeLost(fact.nid) });
      break;
  }
  if (fact.f === "node-up") return;
  const reason = fact.f === "node-lost" ? reasons.nodeLost(fact.nid) : reasons.nodeRestarted(fact.nid);
  // A restart killed what ran, but an order to start may be on its way still: the node is asked to forbid it all the same.
  for (const job of touched) partLost(state, job, fact.nid, reason, now, out);
}

function partLost(state: HeadState, job: Job, nid: string, reason: string, now: number, out: Decision): void {
  if (job.stage === "starting") return requeue(state, job, now, out);
  if (job.stage === "burying") return;
  if (job.stage === "aborting") return finishWhenDead(state, job, now, out);
  const isOfGang = job.placements.some((placement) => placement.nid === nid);
  if (isOfGang) {
    const unfinished = job.launches.some((launch) => launch.nid === nid && launch.exitCode === null);
    const needed = unfinished || job.stage === "setup";
    if (needed) abort(state, job, { state: "FAILED_DRIVER", reason, exitCodes: null, graceMs: 0 }, now, out);
    return;
  }
  // A node that only took part in the setup is not needed for the run.
  const launch = job.launches.find((other) => other.nid === nid && other.phase === "setup" && other.exitCode === null);
  if (launch !== undefined) {
    launchExited(state, job, { f: "exited", jid: job.jid, attempt: job.attempt, phase: "setup", index: launch.index, exitCode: 0 }, now, out);
  }
}

function tick(state: HeadState, now: number, out: Decision): void {
  for (const job of [...state.jobs.values()]) {
    if (job.stage === "starting" && now - job.stageSince > READY_DEADLINE_MS) requeue(state, job, now, out);
  }
}

/**
 * Starts what may start: strictly in the order of ids, the first waiting job or none. To be called after every batch of
 * facts, before the decision is written.
 */
export function schedule(state: HeadState, now: number, out: Decision): void {
  if (state.draining) return;
  for (const job of state.jobs.values()) {
    // Jobs are in order of their ids, so those under way come before those that wait.
    if (job.stage === "starting") return;
    if (job.stage === "queued") break;
  }
  for (;;) {
    const job = firstQueued(state);
    if (job === null || job.notBefore > now) return;
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
    enter(job, "starting", now);
    out.jobs.add(job);
    out.urgent = true;
    const headOnly = placements.every((placement) => placement.nid === "n0");
    if (!headOnly) return;
    commitFirstPhase(state, job, now, out);
  }
}

function firstQueued(state: HeadState): Job | null {
  while (state.queueHead < state.queue.length) {
    const job = state.jobs.get(state.queue[state.queueHead] ?? 0);
    if (job?.stage === "queued") return job;
    state.queueHead++;
  }
  state.queue = [];
  state.queueHead = 0;
  return null;
}

function whatItWaitsFor(state: HeadState, demand: Demand): string {
  const alive = [...state.nodes.values()].filter((node) => node.state === "UP").length;
  return alive < demand.numNodes ? reasons.waitsForNodes(demand.numNodes, alive) : reasons.waitsForResources;
}

/** Everything the nodes must be asked about this job now. Follows from the state alone. */
export function asksOf(job: Job): Ask[] {
  const ask = (op: Ask["op"], nid: string, launches: readonly Launch[] = []): Ask => ({
    op, jid: job.jid, attempt: job.attempt, nid, launches, graceMs: job.outcome?.graceMs ?? 0,
  });
  switch (job.stage) {
    case "queued":
    case "final":
      return [];
    case "starting":
      return job.placements.filter(({ nid }) => !job.answered.has(nid)).map(({ nid }) => ask("reserve", nid));
    case "aborting":
    case "burying":
      return nodesToProve(job).map((nid) => ask("kill", nid));
    case "setup":
    case "committed":
    case "running": {
      const phase: Phase = job.stage === "setup" ? "setup" : "run";
      const open = launchesOf(job, phase).filter((launch) => launch.exitCode === null);
      const asks: Ask[] = [];
      for (const [nid, launches] of Map.groupBy(open, (launch) => launch.nid)) {
        const fresh = launches.filter((launch) => !launch.started);
        if (fresh.length > 0) asks.push(ask("start", nid, fresh));
        else if (!job.confirmed.has(nid)) asks.push(ask("status", nid, launches));
      }
      return asks;
    }
  }
}
