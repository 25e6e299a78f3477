// The head's loop: facts in, decisions written, nodes asked. Many facts share one transaction; nothing is asked of a node
// before what it follows from is on the disk; nothing waits for a timer when something can be done.
import { jobStage } from "#shared/lifecycle/stage.ts";
import type { Time } from "#shared/clock.ts";
import { errorText, StixError } from "#shared/errors/stix-error.ts";
import type { ClusterEvent } from "#shared/wire/events.ts";
import type { AgentLog } from "../agent-log.ts";
import type { Fact } from "./decide.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import type { MetaKey, Store } from "../store/store.ts";
import { asksOf, type Ask } from "./asks.ts";
import { factsOf, messageOf } from "./ask-words.ts";
import { decideBatch, type Batch, type BatchFacts, type Entry, type Submission } from "./batch.ts";
import type { Decision } from "./decision.ts";
import { createSpecSource, type SpecSource } from "./job-record.ts";
import { createJobWatchers } from "./job-watchers.ts";
import { loadState } from "./load-state.ts";
import type { HeadState, Job } from "./state.ts";
import type { OrderFacts } from "./start-order.ts";
import { createWriter } from "./writer.ts";

/** Facts taken into one transaction. */
const BATCH_MAX = 512;
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

export type RunQueue = ReturnType<typeof createRunQueue>;

/** Loads what the database knows and goes on from there. `post` and `submit` are the only ways in. */
export function createRunQueue(options: RunQueueOptions) {
  const { store, clock, log, timers } = options;
  const specOf: SpecSource = createSpecSource(store);
  const watchers = createJobWatchers(timers);
  const asked = new Set<string>();
  const toAskAgain = new Set<number>();
  let state = loadState(options, specOf);
  let inbox: Entry[] = [];
  let is: "loaded" | "idle" | "scheduled" | "flushing" | "stopped" = "loaded";
  let lastWriteError: unknown = null;
  const writer = createWriter<Batch["specs"]>({
    timers,
    write,
    noSpecs: [],
    onLost: () => timers.after(WRITE_AGAIN_MS, wake),
  });

  function post(fact: Exclude<Fact, { f: "submit" }>): void {
    inbox.push({ fact });
    wake();
  }

  function wake(): void {
    if (is !== "idle") return;
    is = "scheduled";
    timers.soon(flush);
  }

  function flush(): void {
    if (is !== "scheduled") return;
    is = "flushing";
    try {
      while (inbox.length > 0 && isAtWork()) {
        const batch = inbox.slice(0, BATCH_MAX);
        inbox = inbox.slice(BATCH_MAX);
        if (!applyBatch(batch)) break;
      }
    } finally {
      if (isAtWork()) is = "idle";
    }
  }

  function isAtWork(): boolean {
    return is !== "stopped";
  }

  /** False when the disk did not take it: what was decided is forgotten, and the facts come back later. */
  function applyBatch(entries: readonly Entry[]): boolean {
    const batch = decideBatch(state, entries, {
      now: clock.now(),
      earlier: earlierIn(store),
      hasRoom: options.hasRoom,
    });
    for (const { pending, error } of batch.refused) pending.reject(error);
    if (!writer.take(batch.out, batch.specs)) {
      for (const { pending } of batch.accepted) pending.reject(diskFull(lastWriteError));
      inbox = [...entries.filter((entry) => "fact" in entry), ...inbox];
      timers.after(WRITE_AGAIN_MS, wake);
      return false;
    }
    for (const { pending, jids } of batch.accepted) pending.resolve(jids);
    // Whoever submitted has the answer on its way before a process of this node is forked for it.
    if (batch.accepted.length > 0) timers.soon(() => follow(batch));
    else follow(batch);
    return true;
  }

  /** What follows from decisions that are on the disk. */
  function follow({ out, nodesChanged }: Batch): void {
    if (!isAtWork()) return;
    for (const job of out.jobs) {
      if (job.stage === jobStage.setup || job.stage === jobStage.committed) options.onJobStarted();
      perform(asksOf(job), job);
      watchers.notify(job.jid);
    }
    if (nodesChanged) askAll();
  }

  function write(decision: Decision, specs: Batch["specs"]): boolean {
    if (!isAtWork()) return true;
    const { submissions, jobs, events } = decision;
    try {
      store.apply({ specs, submissions, jobs, events, now: clock.now() });
    } catch (error) {
      if (lastWriteError === null) log("error", "write-failed", { error: errorText(error) });
      lastWriteError = error;
      state = reloaded(state, loadState(options, specOf));
      timers.after(WRITE_AGAIN_MS, askAll);
      return false;
    }
    lastWriteError = null;
    options.onWritten();
    return true;
  }

  function askAll(): void {
    if (!isAtWork()) return;
    for (const job of state.jobs.values()) if (job.stage !== jobStage.queued) perform(asksOf(job), job);
  }

  /** Asks what was not asked yet; the answers come back as facts. */
  function perform(asks: readonly Ask[], job: Job): void {
    const fresh = asks.filter((ask) => !asked.has(askName(ask, job.stage)));
    for (const group of Map.groupBy(fresh, (ask) => ask.op).values()) {
      const [first] = group;
      if (first === undefined) continue;
      const { stage } = job;
      for (const ask of group) asked.add(askName(ask, stage));
      const message = messageOf(first, group, job, { specOf, orderFacts: options.orderFacts });
      const nids = group.map((ask) => ask.nid);
      const answers = options.ask(nids, message);
      for (const ask of group) takeLater(ask, stage, answers.get(ask.nid) ?? null);
    }
  }

  function takeLater(ask: Ask, stage: Job["stage"], answer: NodeAnswer | Promise<NodeAnswer | null> | null): void {
    const take = (given: NodeAnswer | null) => {
      asked.delete(askName(ask, stage));
      takeAnswer(ask, given);
    };
    if (answer !== null && !(answer instanceof Promise)) return take(answer);
    void Promise.resolve(answer)
      .catch(() => null)
      .then(take);
  }

  function takeAnswer(ask: Ask, answer: NodeAnswer | null): void {
    const heard = factsOf(ask, answer);
    if (heard === "fenced") return options.onFenced();
    if (heard === "again") return askAgain(ask.jid);
    for (const fact of heard) post(fact);
  }

  /** One look ahead for each job: it asks all its nodes, and each that is silent would plan another. */
  function askAgain(jid: number): void {
    if (toAskAgain.has(jid)) return;
    toAskAgain.add(jid);
    timers.after(ASK_AGAIN_MS, () => {
      toAskAgain.delete(jid);
      askJob(jid);
    });
  }

  function askJob(jid: number): void {
    const job = state.jobs.get(jid);
    if (job !== undefined && isAtWork()) perform(asksOf(job), job);
  }

  /**
   * Takes up what was loaded; facts wait until then. After a restart of the machine nothing is asked of any node before
   * every job of the life before is ended on the disk; `onBegun` is called then.
   */
  function begin(machineRestarted: boolean, onBegun: () => void): void {
    if (!isAtWork()) return;
    if (machineRestarted && !applyBatch([{ fact: { f: "head-restarted" } }])) {
      inbox = inbox.slice(1);
      timers.after(WRITE_AGAIN_MS, () => begin(machineRestarted, onBegun));
      return;
    }
    if (isAtWork()) is = "idle";
    onBegun();
    askAll();
    post({ f: "tick" });
  }

  return {
    post,
    submit: (submission: Submission): Promise<number[]> =>
      new Promise((resolve, reject) => {
        inbox.push({ submission: { ...submission, resolve, reject } });
        wake();
      }),
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
      is = "stopped";
      writer.stop();
    },
  };
}

/** What was heard of nodes is not in the database and holds all the same. */
function reloaded(before: HeadState, after: HeadState): HeadState {
  for (const [nid, { state, joined }] of before.nodes) {
    const fresh = after.nodes.get(nid);
    if (fresh !== undefined) Object.assign(fresh, { state, joined });
  }
  return after;
}

function earlierIn(store: Pick<Store, "submission">): BatchFacts["earlier"] {
  return (idem) => {
    const stored = store.submission(idem);
    return stored === null ? null : { specHash: stored.spec_hash, first: stored.first, copies: stored.copies };
  };
}

function askName({ op, jid, attempt, nid }: Ask, stage: Job["stage"]): string {
  return `${stage}/${op}/${jid}/${attempt}/${nid}`;
}

function diskFull(error: unknown): StixError {
  return new StixError({
    code: "disk-full",
    message: `the head could not write its database: ${errorText(error)}`,
    hint: "free space on the head node, then submit again",
    cause: error,
  });
}
