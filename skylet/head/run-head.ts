// Puts a head together: queue, its own node, the workers, the line to the controller, autostop. Decides nothing.
import { join } from "node:path";
import { version } from "#shared/version.ts";
import { agentFiles, EXIT_FENCED } from "#shared/wire/node-config.ts";
import type { AgentParts } from "../agent-parts.ts";
import { createAutostop, type Autostop } from "../autostop/autostop.ts";
import { hasInteractiveSession } from "../autostop/session.ts";
import { createHubLink, type HubLink } from "../hub/hub-link.ts";
import { createOutbox, type Outbox } from "../hub/outbox.ts";
import { createRequestAnswerer } from "../hub/requests.ts";
import { createHeadLogs } from "../logs/head-logs.ts";
import { jobLogFiles } from "../logs/log-file.ts";
import { createUsage } from "../node/usage.ts";
import { createRunQueue, type RunQueue } from "../queue/run-queue.ts";
import { askNodes } from "./ask-nodes.ts";
import { endCluster } from "./end-cluster.ts";
import { createIdentity } from "./identity.ts";
import { hubLine, queueFacts } from "./node-facts.ts";
import { heartbeatOf, registrationOf } from "./self-portrait.ts";
import { joinWorkers } from "./join-workers.ts";
import { startUpkeep } from "./upkeep.ts";
import type { Workers } from "./workers.ts";

/** Runs until the process ends. */
export async function runHead(parts: AgentParts): Promise<void> {
  const { config, store, clock, steady, log, run } = parts;
  const { cid, nid } = config.node;
  const identity = createIdentity(store, run, (meta) => queue.record(meta));
  const fenced = (by: string) => {
    log("error", "fenced", { by });
    parts.exit(EXIT_FENCED);
  };
  const jobs = parts.createJobs((key, exitCode) => queue.post({ f: "exited", ...key, exitCode }));
  if (parts.rebooted) await jobs.killEverything();
  const queue: RunQueue = createRunQueue({
    ...queueFacts(config),
    store,
    clock,
    log,
    timers: steady,
    ask: (nids, ask) => askNodes({ own: nid, jobs, timers: steady, askWorkers: workers?.ask ?? null }, nids, ask),
    onWritten: () => outbox.wake(),
    onFenced: () => fenced("bus"),
    onJobStarted: () => autostop.jobStarted(),
  });
  const workers: Workers | null = joinWorkers(parts, {
    identity,
    queue,
    // The controller learns from a registration which nodes have joined.
    onJoined: () => steady.soon(() => link.register()),
  });
  const outbox: Outbox = createOutbox({
    store,
    clock,
    steady,
    log,
    run,
    cid,
    request: (subject, data, timeoutMs) => link.request(subject, data, timeoutMs),
    onRegisterFirst: () => link.register(),
    onFenced: () => fenced("events"),
  });
  const autostop: Autostop = createAutostop({
    store,
    queue,
    clock,
    timers: steady,
    log,
    bootId: config.bootId,
    initial: config.node.autostop,
    hasSession: () => hasInteractiveSession(config.node.selfStop.kind === "local" ? config.node.home : null),
    onDue: (action) => void endCluster(parts, { jobs, queue, workers, outbox, link }, action),
  });
  const ownUsage = createUsage({ clock: steady, gpuTool: () => Bun.which("nvidia-smi") });
  const answer = createRequestAnswerer({
    config,
    store,
    queue,
    autostop,
    run,
    clock: steady,
    logs: createHeadLogs({
      store,
      queue,
      clock: steady,
      files: jobLogFiles(join(config.dir, agentFiles.jobs)),
      nid,
      workers: workers?.logs ?? null,
    }),
    usage: () =>
      Promise.all(
        config.node.nodes.map(async (node) => ({
          nid: node.nid,
          usage: node.nid === nid ? await ownUsage() : ((await workers?.usage(node.nid)) ?? null),
        })),
      ),
    nodeLastSeenAt: (of) => (of === nid ? clock.now() : (workers?.lastSeenAt(of) ?? null)),
    acceptEpoch: identity.acceptEpoch,
  });
  const link: HubLink = createHubLink({
    ...hubLine(parts),
    cid,
    nid,
    steady,
    log,
    answer,
    registration: () => registrationOf(parts, { identity, queue }),
    onRegistered: (reply) => {
      identity.numbered(reply.inc);
      identity.acceptEpoch(reply.epoch);
      outbox.registered(reply);
    },
    onFenced: () => fenced("registration"),
    heartbeat: (n) =>
      heartbeatOf(parts, { identity, queue, idleSinceAt: autostop.idleSinceAt(), n, acked: outbox.acked() }),
  });

  queue.record({}, [{ type: "agent-started", run, version }]);
  queue.begin(parts.rebooted, () => queue.record({ boot_id: config.bootId }));
  autostop.begin();
  startUpkeep(steady, log, { store, queue });
  const { size: openJobs } = queue.state().jobs;
  log("info", "head-started", { run, version, pid: process.pid, nodes: config.node.nodes.length, openJobs });
}
