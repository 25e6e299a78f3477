// Puts a head together: queue, its own node, the workers, the line to the controller, autostop. Decides nothing.
import { join } from "node:path";
import { rmSync } from "node:fs";
import { z } from "zod";
import { agentFiles, EXIT_FENCED } from "#shared/wire/node-config.ts";
import type { Clock, Time } from "#shared/clock.ts";
import { hasRoom } from "#shared/os/disk-room.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { version } from "#shared/version.ts";
import type { AgentLog } from "../agent-log.ts";
import { createAutostop, type Autostop } from "../autostop/autostop.ts";
import { endNode } from "../autostop/end-node.ts";
import { hasInteractiveSession } from "../autostop/session.ts";
import { createWorkers, type Workers } from "./workers.ts";
import type { AgentConfig } from "../config.ts";
import { createHeadLogs } from "../logs/head-logs.ts";
import { createHubLink, type HubLink } from "../hub/hub-link.ts";
import { createOutbox, type Outbox } from "../hub/outbox.ts";
import { createRequestAnswerer } from "../hub/requests.ts";
import type { NodeAnswer } from "#shared/wire/node-asks.ts";
import { answerAsk } from "../node/answer.ts";
import type { NodeJobs } from "../node/node-jobs.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";
import type { Fact } from "../queue/decide.ts";
import { createUsage } from "../node/usage.ts";
import { createRunQueue, type RunQueue } from "../queue/run-queue.ts";
import type { Store } from "../store/store.ts";

/** How long the head tries to tell the controller that it stops itself. */
const GOODBYE_MS = 30_000;
/** A hundred thousand ended jobs are about 60 MB of database. */
const JOBS_KEPT = 100_000;
const PRUNE_EVERY_MS = 3_600_000;
/** After the first job was started. */
const RESERVE_FIRST_MS = 1_500;
const RESERVE_EVERY_MS = 10_000;
/** Deadlines inside the queue are of whole seconds. */
const TICK_MS = 500;

export interface HeadOptions {
  readonly config: AgentConfig;
  readonly store: Store;
  /** Movable by tests. */
  readonly clock: Clock;
  /** Real time, for silence, patience and pauses. */
  readonly steady: Time;
  readonly log: AgentLog;
  readonly run: number;
  /** The node was stopped and started since the database was last open. */
  readonly rebooted: boolean;
  readonly createJobs: (onExit: (key: LaunchKey, exitCode: number) => void) => NodeJobs;
  readonly exit: (status: number) => void;
}

/** Runs until the process ends. */
export async function runHead(options: HeadOptions): Promise<void> {
  const { config, store, clock, steady, log, run } = options;
  const { node } = config;
  let epoch = Number(store.meta("epoch") || 0);
  let boots = z.record(z.string(), z.string()).parse(JSON.parse(store.meta("node_boots") ?? "{}"));
  let inc = store.meta("inc") === null ? null : Number(store.meta("inc"));

  const jobs = options.createJobs((key, exitCode) => queue.post({ f: "exited", ...key, exitCode }));
  if (options.rebooted) await jobs.killEverything();
  const queue: RunQueue = createRunQueue({
    store,
    clock,
    log,
    timers: steady,
    bootId: config.bootId,
    nids: node.nodes.map(({ nid }) => nid),
    perNode: { cpus: node.resources.cpus, deviceCount: Math.ceil(node.resources.accelerator?.count ?? 0) },
    orderFacts: {
      clusterInfo: JSON.stringify({
        cluster_name: node.clusterName,
        cloud: node.cloud,
        region: node.region,
        zone: node.zone,
      }),
      nodes: node.nodes,
    },
    ask: (nids, ask) => {
      const others = nids.filter((nid) => nid !== node.nid);
      if (others.length === 0 || workers === null) return new Map([[node.nid, answerAsk(jobs, node.nid, ask)]]);
      const answers = new Map<string, NodeAnswer | Promise<NodeAnswer | null>>(workers.ask(others, ask));
      // Our own part takes milliseconds: the question is on its way to the others before.
      if (nids.includes(node.nid))
        answers.set(
          node.nid,
          afterSending(() => answerAsk(jobs, node.nid, ask)),
        );
      return answers;
    },
    hasRoom: () => hasRoom(config.dir),
    onWritten: () => outbox.wake(),
    onFenced: () => fenced("bus"),
    onJobStarted: () => autostop.jobStarted(),
  });
  const workers: Workers | null =
    node.nodes.length > 1
      ? createWorkers({
          config,
          steady,
          log,
          identity: () => ({ inc: inc ?? 0, run }),
          lostMs: config.nodeLostMs,
          post: postOfWorker,
          bootOf: (nid) => boots[nid] ?? null,
          keepBoot: (nid, bootId) => {
            boots = { ...boots, [nid]: bootId };
            queue.record({ node_boots: JSON.stringify(boots) });
          },
        })
      : null;
  const outbox: Outbox = createOutbox({
    store,
    clock,
    log,
    run,
    cid: node.cid,
    request: (subject, data, timeoutMs) => link.request(subject, data, timeoutMs),
    onRegisterFirst: () => link.register(),
    onFenced: () => fenced("events"),
  });
  const autostop: Autostop = createAutostop({
    store,
    queue,
    clock,
    log,
    bootId: config.bootId,
    initial: node.autostop,
    hasSession: () => hasInteractiveSession(node.selfStop.kind === "local" ? node.home : null),
    onDue: (action) => void stopCluster(action),
  });
  const logs = createHeadLogs({
    store,
    queue,
    clock: steady,
    jobsFolder: join(config.dir, agentFiles.jobs),
    nid: node.nid,
    workers: workers?.logs ?? null,
  });
  const usage = createUsage({ clock: steady, gpuTool: () => Bun.which("nvidia-smi") });
  const answer = createRequestAnswerer({
    usage: () =>
      Promise.all(
        node.nodes.map(async ({ nid }) => ({
          nid,
          usage: nid === node.nid ? await usage() : ((await workers?.usage(nid)) ?? null),
        })),
      ),
    config,
    store,
    queue,
    logs,
    autostop,
    run,
    nodeLastSeenAt: (nid) => (nid === node.nid ? clock.now() : (workers?.lastSeenAt(nid) ?? null)),
    acceptEpoch,
  });
  const link: HubLink = createHubLink({
    config,
    log,
    answer,
    now: () => clock.now(),
    registration: () => ({
      dbId: store.meta("db_id") ?? "",
      inc,
      run,
      nodes: [...queue.state().nodes.values()].filter(({ joined }) => joined).map(({ nid }) => nid),
      ev: store.eventRange(),
    }),
    onRegistered: (reply) => {
      if (reply.inc !== inc) queue.record({ inc: String(reply.inc) });
      inc = reply.inc;
      acceptEpoch(reply.epoch);
      outbox.registered(reply);
    },
    onFenced: () => fenced("registration"),
    heartbeat: () => ({
      inc: inc ?? 0,
      run,
      jobs: [...queue.state().jobs.values()]
        .filter(({ stage }) => stage !== "queued")
        .map(({ jid }) => jid)
        .slice(0, 1_000),
      idleSeconds: Math.max(0, Math.floor((clock.now() - autostop.idleSinceAt()) / 1_000)),
      evLast: store.eventRange().last,
      evAcked: outbox.acked(),
    }),
  });

  queue.record({}, [{ type: "agent-started", run, version }]);
  queue.begin(options.rebooted, () => queue.record({ boot_id: config.bootId }));
  autostop.begin();
  tryPrune();
  setInterval(tryPrune, PRUNE_EVERY_MS);
  setTimeout(tryKeepReserve, RESERVE_FIRST_MS);
  setInterval(tryKeepReserve, RESERVE_EVERY_MS);
  setInterval(() => {
    if (queue.state().jobs.size > 0) queue.post({ f: "tick" });
  }, TICK_MS);
  log("info", "head-started", {
    run,
    version,
    pid: process.pid,
    nodes: node.nodes.length,
    openJobs: queue.state().jobs.size,
  });

  /** What ends jobs is written also when the disk is full. */
  function tryKeepReserve(): void {
    try {
      store.keepReserve();
    } catch (error) {
      log("warn", "reserve-not-kept", { error: errorText(error) });
    }
  }

  /** A full disk can wait for the next hour. */
  function tryPrune(): void {
    try {
      store.pruneJobs(JOBS_KEPT);
    } catch (error) {
      log("warn", "not-pruned", { error: errorText(error) });
    }
  }

  /** The controller learns from a registration which nodes have joined. */
  function postOfWorker(fact: Exclude<Fact, { f: "submit" }>): void {
    queue.post(fact);
    if (fact.f === "node-up" || fact.f === "node-restarted") setTimeout(() => link.register(), 0);
  }

  function acceptEpoch(given: number): boolean {
    if (given < epoch) return false;
    if (given > epoch) queue.record({ epoch: String(given) });
    epoch = given;
    return true;
  }

  function fenced(by: string): void {
    log("error", "fenced", { by });
    options.exit(EXIT_FENCED);
  }

  /** Whatever the controller answers, the cluster ends: it may be gone for good. */
  async function stopCluster(action: "stop" | "down"): Promise<void> {
    const told = await outbox.untilAcked(GOODBYE_MS);
    log("info", "stopping-cluster", { action, told });
    await workers?.endAll(action);
    workers?.stop();
    await jobs.killEverything();
    queue.stop();
    await link.close();
    store.close();
    rmSync(join(config.dir, agentFiles.pid), { force: true });
    await endNode(config, action, clock.now(), log, options.exit);
  }
}

function afterSending<T>(work: () => T | Promise<T>): Promise<T> {
  return new Promise<void>((resolve) => {
    setImmediate(resolve);
  }).then(work);
}
