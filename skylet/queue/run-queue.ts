// The head's loop: facts in, decisions written, nodes asked. Many facts share one transaction; nothing is asked of a node
// before what it follows from is on the disk; nothing waits for a timer when something can be done.
import { jobStage } from "#shared/lifecycle/stage.ts";
import type { Time } from "#shared/clock.ts";
import { errorText, StixError } from "#shared/errors/stix-error.ts";
import type { JobSpec } from "#shared/wire/rpc.ts";
import type { ClusterEvent } from "#shared/wire/events.ts";
import type { AgentLog } from "../agent-log.ts";
import { decide, type Fact } from "./decide.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import { demandOf, type MetaKey, type Store } from "../store/store.ts";
import { asksOf, type Ask } from "./asks.ts";
import { emptyDecision, mergeDecisions, type Decision, type Step } from "./decision.ts";
import { schedule } from "./schedule.ts";
import { createSpecSource, type SpecSource } from "./job-record.ts";
import { createJobWatchers } from "./job-watchers.ts";
import { loadState } from "./load-state.ts";
import type { HeadState, Job } from "./state.ts";
import { startOrder, type OrderFacts } from "./start-order.ts";

/** Facts taken into one transaction. */
const BATCH_MAX = 512;
/** What may wait for company is written after this time at the latest. */
const LAZY_WRITE_MS = 10;
/** A question that was not answered is asked again after this time. */
const ASK_AGAIN_MS = 300;
/** After a write that failed (a full disk) it is tried again this often. */
const WRITE_AGAIN_MS = 500;

/** What the queue needs of the database. */
export type QueueStore = Pick<Store, "apply" | "meta" | "spec" | "submission" | "openJobs" | "lastJid">;

export interface RunQueueOptions {
  readonly store: QueueStore;
  /** Movable by tests; only written down. */
  readonly clock: Pick<Time, "now">;
  readonly timers: Pick<Time, "soon" | "after">;
  readonly log: AgentLog;
  readonly nids: readonly string[];
  readonly perNode: { readonly cpus: number; readonly deviceCount: number };
  readonly orderFacts: OrderFacts;
  /** Asks a node; resolves to null when it did not answer. The head's own node may answer at once. */
  readonly ask: (nids: readonly string[], ask: NodeAsk) => Map<string, NodeAnswer | Promise<NodeAnswer | null>>;
  /** Of this life of the machine. */
  readonly bootId: string;
  /** False on a (nearly) full disk: nothing is started then, and jobs wait. */
  readonly hasRoom: () => boolean;
  /** After every transaction. */
  readonly onWritten: () => void;
  /** Another head has taken over. */
  readonly onFenced: () => void;
  /** A job got its nodes. */
  readonly onJobStarted: () => void;
}

export interface Submission {
  readonly idem: string;
  readonly specHash: string;
  readonly spec: JobSpec;
  readonly copies: number;
}

interface PendingSubmission extends Submission {
  readonly resolve: (jids: number[]) => void;
  readonly reject: (error: unknown) => void;
}

type Entry = { readonly fact: Exclude<Fact, { f: "submit" }> } | { readonly submission: PendingSubmission };

export type RunQueue = ReturnType<typeof createRunQueue>;

/** Loads what the database knows and goes on from there. `post` and `submit` are the only ways in. */
export function createRunQueue(options: RunQueueOptions) {
  const { store, clock, log, timers } = options;
  const specOf: SpecSource = createSpecSource(store);
  let state = loadState(options, specOf);
  let inbox: Entry[] = [];
  let flushing = false;
  let scheduled = false;
  let lazy: Decision = emptyDecision();
  let callOffLazy: (() => void) | null = null;
  const asked = new Set<string>();
  const watchers = createJobWatchers(timers);
  let stopped = false;
  let begun = false;

  function post(fact: Exclude<Fact, { f: "submit" }>): void {
    inbox.push({ fact });
    wake();
  }

  function submit(submission: Submission): Promise<number[]> {
    return new Promise((resolve, reject) => {
      inbox.push({ submission: { ...submission, resolve, reject } });
      wake();
    });
  }

  function wake(): void {
    if (scheduled || flushing || stopped || !begun) return;
    scheduled = true;
    timers.soon(flush);
  }

  function flush(): void {
    scheduled = false;
    if (stopped) return;
    flushing = true;
    try {
      while (inbox.length > 0) {
        const batch = inbox.slice(0, BATCH_MAX);
        inbox = inbox.slice(BATCH_MAX);
        if (!applyBatch(batch)) break;
      }
    } finally {
      flushing = false;
    }
  }

  /** False when the disk did not take it: what was decided is forgotten, and the facts come back later. */
  function applyBatch(batch: readonly Entry[]): boolean {
    const out = emptyDecision();
    const now = clock.now();
    const step: Step = { state, now, out };
    const specs: { specId: number; spec: JobSpec }[] = [];
    const accepted: { pending: PendingSubmission; jids: number[] }[] = [];
    let nodesChanged = false;
    for (const entry of batch) {
      if ("fact" in entry) {
        decide(step, entry.fact);
        nodesChanged ||= entry.fact.f.startsWith("node-");
        continue;
      }
      const jids = acceptSubmission(entry.submission, step, specs);
      if (jids !== null) accepted.push({ pending: entry.submission, jids });
    }
    schedule(step, options.hasRoom);
    if (!write(out, specs, now)) {
      for (const { pending } of accepted) pending.reject(diskFull(lastWriteError));
      inbox = [...batch.filter((entry) => "fact" in entry), ...inbox];
      timers.after(WRITE_AGAIN_MS, wake);
      return false;
    }
    for (const { pending, jids } of accepted) pending.resolve(jids);
    for (const job of out.jobs) {
      if (job.stage === jobStage.setup || job.stage === jobStage.committed) options.onJobStarted();
      perform(asksOf(job), job);
      watchers.notify(job.jid);
    }
    if (nodesChanged) askAll();
    return true;
  }

  /** Null when it was refused. The same key twice gives the same jobs; with other content it is refused. */
  function acceptSubmission(
    pending: PendingSubmission,
    step: Step,
    specs: { specId: number; spec: JobSpec }[],
  ): number[] | null {
    const { idem, specHash, copies } = pending;
    const stored = store.submission(idem);
    const earlier =
      stored === null
        ? step.out.submissions.find((other) => other.idem === idem)
        : { specHash: stored.spec_hash, first: stored.first, copies: stored.copies };
    if (earlier !== undefined) {
      if (earlier.specHash !== specHash) {
        pending.reject(
          new StixError({
            code: "cluster-name-taken",
            message: `submission '${idem}' was made before with other content`,
            hint: "use a new key",
            details: { rpc: "conflict" },
          }),
        );
        return null;
      }
      return range(earlier.first, earlier.copies);
    }
    const first = state.nextJid;
    specs.push({ specId: first, spec: pending.spec });
    decide(step, { f: "submit", idem, specHash, demand: demandOf(pending.spec), copies });
    return range(first, copies);
  }

  let lastWriteError: unknown = null;

  function write(out: Decision, specs: { specId: number; spec: JobSpec }[], now: number): boolean {
    const merged = mergeDecisions(lazy, out);
    if (merged.jobs.size === 0 && merged.events.length === 0 && merged.submissions.length === 0) return true;
    if (!merged.urgent) {
      lazy = merged;
      callOffLazy ??= timers.after(LAZY_WRITE_MS, writeLazy);
      return true;
    }
    return writeNow(merged, specs, now);
  }

  function writeLazy(): void {
    callOffLazy = null;
    if (stopped || (lazy.jobs.size === 0 && lazy.events.length === 0)) return;
    if (!writeNow(lazy, [], clock.now())) timers.after(WRITE_AGAIN_MS, wake);
  }

  function writeNow(decision: Decision, specs: { specId: number; spec: JobSpec }[], now: number): boolean {
    callOffLazy?.();
    callOffLazy = null;
    lazy = emptyDecision();
    try {
      store.apply({ specs, submissions: decision.submissions, jobs: decision.jobs, events: decision.events, now });
    } catch (error) {
      if (lastWriteError === null) log("error", "write-failed", { error: errorText(error) });
      lastWriteError = error;
      const nodes = state.nodes;
      state = loadState(options, specOf);
      for (const [nid, node] of nodes) {
        const fresh = state.nodes.get(nid);
        if (fresh === undefined) continue;
        fresh.state = node.state;
        fresh.joined = node.joined;
      }
      timers.after(WRITE_AGAIN_MS, askAll);
      return false;
    }
    lastWriteError = null;
    options.onWritten();
    return true;
  }

  function askAll(): void {
    if (stopped) return;
    for (const job of state.jobs.values()) if (job.stage !== jobStage.queued) perform(asksOf(job), job);
  }

  /** Asks what was not asked yet; the answers come back as facts. */
  function perform(asks: readonly Ask[], job: Job): void {
    const fresh = asks.filter((ask) => !asked.has(askName(ask, job)));
    for (const group of Map.groupBy(fresh, (ask) => ask.op).values()) {
      const message = nodeAsk(group, job);
      if (message === null) continue;
      for (const ask of group) asked.add(askName(ask, job));
      const stage = job.stage;
      const answers = options.ask(
        group.map((ask) => ask.nid),
        message,
      );
      for (const ask of group) {
        const name = `${stage}/${ask.op}/${ask.jid}/${ask.attempt}/${ask.nid}`;
        const answer = answers.get(ask.nid) ?? null;
        if (answer === null || answer instanceof Promise) {
          void Promise.resolve(answer)
            .catch(() => null)
            .then((given) => {
              asked.delete(name);
              takeAnswer(ask, given);
            });
        } else {
          asked.delete(name);
          takeAnswer(ask, answer);
        }
      }
    }
  }

  function nodeAsk(group: readonly Ask[], job: Job): NodeAsk | null {
    const [first] = group;
    if (first === undefined) return null;
    const { op, jid, attempt, graceMs } = first;
    switch (op) {
      case "reserve":
        return { op, jid, attempt };
      case "kill":
        return { op, jid, attempt, graceMs };
      case "status":
        return {
          op,
          jid,
          attempt,
          launches: group.flatMap((ask) => ask.launches.map(({ phase, index, nid }) => ({ phase, index, nid }))),
        };
      case "start":
        return {
          op,
          jid,
          attempt,
          order: startOrder(
            job,
            group.flatMap((ask) => [...ask.launches]),
            specOf(job.demand.specId),
            options.orderFacts,
          ),
        };
    }
  }

  function takeAnswer(ask: Ask, answer: NodeAnswer | null): void {
    const { jid, attempt, nid } = ask;
    const about = { jid, attempt, nid };
    switch (answer?.is) {
      case undefined:
      case "pending":
        timers.after(ASK_AGAIN_MS, () => askJob(jid));
        return;
      case "fenced":
        options.onFenced();
        return;
      case "ready":
        post({ f: "ready", ...about, ok: answer.ok });
        return;
      case "dead":
        post({ f: "dead", ...about });
        return;
      case "launches":
        for (const { phase, index, report } of answer.reports) {
          const launch = { jid, attempt, phase, index };
          if (report.is === "running") post({ f: "started", ...launch, pid: report.pid });
          else if (report.is === "exited") post({ f: "exited", ...launch, exitCode: report.exitCode });
          else if (report.is === "missing") post({ f: "missing", ...launch, nid });
          else post({ f: "refused", ...about, why: report.why });
        }
        post({ f: "confirmed", ...about });
    }
  }

  function askJob(jid: number): void {
    const job = state.jobs.get(jid);
    if (job !== undefined && !stopped) perform(asksOf(job), job);
  }

  /**
   * Takes up what was loaded; facts wait until then. After a restart of the machine nothing is asked of any node before
   * every job of the life before is ended on the disk; `onBegun` is called then.
   */
  function begin(machineRestarted: boolean, onBegun: () => void): void {
    if (stopped) return;
    if (machineRestarted && !applyBatch([{ fact: { f: "head-restarted" } }])) {
      inbox = inbox.slice(1);
      timers.after(WRITE_AGAIN_MS, () => begin(machineRestarted, onBegun));
      return;
    }
    begun = true;
    onBegun();
    askAll();
    post({ f: "tick" });
  }

  return {
    post,
    submit,
    specOf,
    nextChange: watchers.nextChange,
    state: (): Readonly<HeadState> => state,
    /** Small facts and events that no job causes; throws when the disk does not take them. */
    record: (meta: Partial<Record<MetaKey, string>>, events: readonly ClusterEvent[] = []): void => {
      store.apply({ meta, events, now: clock.now() });
      options.onWritten();
    },
    begin,
    stop: (): void => {
      stopped = true;
      callOffLazy?.();
    },
  };
}

function askName(ask: Ask, job: Job): string {
  return `${job.stage}/${ask.op}/${ask.jid}/${ask.attempt}/${ask.nid}`;
}

function range(first: number, copies: number): number[] {
  return Array.from({ length: copies }, (_, offset) => first + offset);
}

function diskFull(error: unknown): StixError {
  return new StixError({
    code: "disk-full",
    message: `the head could not write its database: ${errorText(error)}`,
    hint: "free space on the head node, then submit again",
    cause: error,
  });
}
