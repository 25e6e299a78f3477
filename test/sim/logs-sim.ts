// A follower of a job, all the way: the controller's real follower and real calls, the head's real answerer and log desk, in a
// virtual world whose messages are late or lost, whose workers are silent for a while, and whose reader is cut off and comes back.
// Every byte of every stream comes once and in order.
import { createCalls } from "#controller/adapters/nats/agent-calls.ts";
import { LinkError, type Link } from "#controller/adapters/nats/link.ts";
import { createPresence } from "#controller/adapters/nats/presence.ts";
import { followJob } from "#controller/operations/follow-job.ts";
import type { World } from "#controller/operations/operation.ts";
import { cursorKey, type LogFrame } from "#shared/api/log-frames.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";
import type { JobSpec } from "#shared/wire/rpc.ts";
import { createRequestAnswerer, type HeadParts } from "#skylet/hub/requests.ts";
import { RpcRefusal } from "#skylet/hub/rpc-errors.ts";
import { createHeadLogs } from "#skylet/logs/head-logs.ts";
import type { LogFiles } from "#skylet/logs/log-files.ts";
import { createNodeLogs } from "#skylet/logs/node-logs.ts";
import { createJobWatchers } from "#skylet/queue/job-watchers.ts";
import type { Job, Launch } from "#skylet/queue/state.ts";
import { virtualTime } from "./virtual-time.ts";
import { createWorld, type VirtualWorld } from "./virtual-world.ts";

const FAULTS_UNTIL_MS = 25_000;
const END_MS = 200_000;

export interface LogsSimResult {
  readonly seed: number;
  readonly broken: string | null;
  readonly bytes: number;
  readonly resumed: number;
}

interface File {
  text: string;
  isOver: boolean;
}

const nameOf = ({ attempt, phase, index }: LaunchKey) => cursorKey(attempt, phase, index);

export async function simulateLogs(seed: number): Promise<LogsSimResult> {
  const world = createWorld(seed);
  const time = virtualTime(world);
  const files = new Map<string, File>();
  let broken: string | null = null;
  const fail = (sentence: string) => void (broken ??= `${Math.round(world.now())}: ${sentence}`);
  const isFaulty = () => world.now() < FAULTS_UNTIL_MS;
  const loss = world.chance() * 0.4;
  const delayMs = world.pick(0, 400);

  const head = createHead(world, files, isFaulty);
  const link: Pick<Link, "request"> = {
    request: (subject, data, timeoutMs, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason));
        time.after(timeoutMs, () => reject(new LinkError("timeout", "no answer")));
        const lost = () => isFaulty() && world.chance() < loss;
        if (lost()) return;
        const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
        time.after(world.chance() * delayMs, () => {
          void head.answer(subject.split(".").slice(5).join("."), bytes).then((reply) => {
            if (!lost()) time.after(world.chance() * delayMs, () => resolve(reply));
          });
        });
      }),
  };
  const cluster = {
    cid: "c-1",
    name: "c",
    state: "UP",
    placement: {},
    everUp: true,
    removedAt: null,
    instances: [],
    nodeCount: 2,
  };
  const calls = createCalls({
    epoch: 1,
    steady: time,
    presence: createPresence(time),
    link: () => link as Link,
    clusterName: () => Promise.resolve("c"),
  });
  const controller = {
    agents: calls,
    clock: time,
    clusters: { findByName: () => Promise.resolve(cluster), get: () => Promise.resolve(cluster) },
  } as unknown as World;

  const received = new Map<string, string>();
  let resumed = 0;
  let hasEnded = false;
  const emit = (frame: LogFrame, body: Uint8Array = new Uint8Array()): Promise<void> => {
    if (frame.t === "end") hasEnded = true;
    if (frame.t !== "out") return Promise.resolve();
    const key = cursorKey(frame.attempt, frame.stream, frame.rank);
    const before = received.get(key) ?? "";
    if (frame.off !== before.length) fail(`${key}: a piece begins at ${frame.off}, ${before.length} bytes were there`);
    received.set(key, before + new TextDecoder().decode(body));
    return Promise.resolve();
  };

  async function read(): Promise<void> {
    const reader = new AbortController();
    if (isFaulty() && world.chance() < 0.7)
      time.after(world.pick(100, 9_000), () => reader.abort(new Error("cut off")));
    const cursors = Object.fromEntries([...received].map(([key, text]) => [key, text.length]));
    const wish = { cluster_name: "c", job_id: 1, follow: true, tail: 0, cursors, signal: reader.signal };
    try {
      await followJob(controller, wish, emit);
      if (!hasEnded) fail("the follower ended without a word");
    } catch (error) {
      if (!reader.signal.aborted && Object.keys(cursors).length > 0) fail(`the follower gave up: ${String(error)}`);
      resumed++;
      time.after(world.pick(0, 2_000), () => void read());
    }
  }

  time.after(0, () => void read());
  await world.run(END_MS);

  if (!hasEnded) fail("the follower never ended");
  let bytes = 0;
  for (const [key, text] of received) {
    const written = files.get(key)?.text ?? "";
    bytes += text.length;
    if (!written.startsWith(text)) fail(`${key}: what came is not what was written`);
    if (key.startsWith(`${head.lastAttempt()}/`) && text !== written)
      fail(`${key}: ${text.length} of ${written.length} bytes came`);
  }
  for (const [key, file] of files)
    if (key.startsWith(`${head.lastAttempt()}/`) && file.text !== "" && !received.has(key))
      fail(`nothing of ${key} came`);
  return { seed, broken, bytes, resumed };
}

/** A head with one job: a setup, then two ranks, perhaps a second attempt; all write now and then. */
function createHead(world: VirtualWorld, files: Map<string, File>, isFaulty: () => boolean) {
  const time = virtualTime(world);
  const watchers = createJobWatchers(time);
  const hasSetup = world.chance() < 0.5;
  const attempts = world.chance() < 0.3 ? 2 : 1;
  let silentUntil = 0;
  const job: Job = {
    jid: 1,
    demand: {
      specId: 1,
      name: "t",
      user: "me",
      userHash: "x",
      numNodes: 2,
      cpuUnits: 1,
      deviceUnits: 0,
      hasSetup,
      hasRun: true,
    },
    state: "PENDING",
    stage: "queued",
    attempt: 0,
    submittedAt: 0,
    startedAt: null,
    endedAt: null,
    exitCodes: null,
    reason: null,
    placements: [],
    launches: [],
    outcome: null,
    answered: new Set(),
    confirmed: new Set(),
    stageSince: 0,
    notBefore: 0,
  };
  const change = (fields: Partial<Job>) => {
    Object.assign(job, fields);
    watchers.notify(1);
  };
  const logFiles: LogFiles = {
    read: (key, off, max) => {
      const text = files.get(nameOf(key))?.text ?? "";
      return { size: text.length, bytes: new TextEncoder().encode(text.slice(off, off + max)) };
    },
    tail: (key) => ({ size: files.get(nameOf(key))?.text.length ?? 0, tailOff: 0 }),
    writer: () => null,
    hasExited: (key) => files.get(nameOf(key))?.isOver === true,
  };

  function launch(phase: "setup" | "run", then: () => void): void {
    const launches: Launch[] = [0, 1].map((index) => ({
      phase,
      index,
      nid: `n${index}`,
      pid: world.chance() < 0.5 ? 40 + index : null,
      exitCode: null,
      started: true,
    }));
    change({ launches: [...job.launches, ...launches] });
    let open = launches.length;
    for (const one of launches) {
      const file: File = { text: "", isOver: false };
      files.set(cursorKey(job.attempt, phase, one.index), file);
      for (let line = world.pick(0, 30), at = 0; line > 0; line--)
        time.after((at += world.pick(0, 900)), () => {
          if (!file.isOver) file.text += `line ${line} of ${phase} ${one.index}${"x".repeat(world.pick(0, 40))}\n`;
        });
      time.after(world.pick(0, 14_000), () => {
        file.isOver = true;
        one.exitCode = 0;
        one.pid ??= 50;
        if (--open === 0) time.after(world.pick(0, 50), then);
      });
    }
  }

  function begin(): void {
    change({
      attempt: job.attempt + 1,
      launches: [],
      placements: [0, 1].map((n) => ({ nid: `n${n}`, cpuUnits: 1, devices: [] })),
    });
    const run = () => {
      launch("run", () => {
        if (job.attempt < attempts) {
          change({ state: "PENDING", launches: [], placements: [] });
          return void time.after(500, begin);
        }
        change({ state: "SUCCEEDED", stage: "final", endedAt: world.now() });
      });
      change({ state: "RUNNING", startedAt: world.now() });
    };
    if (!hasSetup) return run();
    change({ state: "SETTING_UP", stage: "setup" });
    launch("setup", run);
  }
  time.after(world.pick(0, 3_000), begin);
  const lapse = () => {
    if (isFaulty()) silentUntil = world.now() + world.pick(500, 6_000);
    time.after(world.pick(2_000, 15_000), lapse);
  };
  time.after(world.pick(0, 10_000), lapse);

  const spec: JobSpec = {
    name: "t",
    user: "me",
    userHash: "x",
    numNodes: 2,
    cpus: 1,
    accelerator: null,
    setup: hasSetup ? "s" : null,
    run: "r",
    envs: {},
    secrets: {},
    resourcesText: "",
    taskIdPrefix: "t",
    runTimestamp: "r",
    metadata: {},
  };
  const queue = { specOf: () => spec, state: () => ({ jobs: new Map([[1, job]]) }), nextChange: watchers.nextChange };
  const workerLogs = createNodeLogs(logFiles, time);
  const reached = () => {
    if (world.now() < silentUntil) throw new RpcRefusal("not-ready", "worker1 does not answer");
  };
  const parts = {
    store: { job: () => null },
    queue,
    run: 1,
    clock: time,
    config: { node: { nid: "n0" } },
    acceptEpoch: () => true,
    logs: createHeadLogs({
      store: { job: () => null } as never,
      queue: queue as never,
      files: logFiles,
      nid: "n0",
      clock: time,
      workers: {
        read: async (_nid, ask) => {
          reached();
          await time.sleep(world.pick(0, 50));
          return await workerLogs.read(ask);
        },
        stat: (_nid, ask) => Promise.resolve(workerLogs.stat(ask)),
      },
    }),
  } as unknown as HeadParts;
  return { answer: createRequestAnswerer(parts), lastAttempt: () => attempts };
}
