// The head's side of the cluster's bus: knows which workers are there, asks them, and takes what they tell.
import type { Clock } from "#shared/clock.ts";
import { nodeName } from "#shared/node-name.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { logChunkHeadSchema } from "#shared/wire/rpc.ts";
import { nodeUsageSchema, type NodeUsage } from "#shared/wire/node-usage.ts";
import { workerRegistrationSchema } from "#shared/wire/registration.ts";
import { busSubjects, inboxPrefix } from "#shared/wire/subjects.ts";
import type { AgentLog } from "../agent-log.ts";
import type { AgentConfig } from "../config.ts";
import type { Fact } from "../queue/decide.ts";
import type { WorkerLogs } from "../logs/head-logs.ts";
import { RpcRefusal } from "../hub/rpc-errors.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import { connectBus } from "../bus/connect-bus.ts";
import { decodeMessage, encodeMessage } from "#shared/wire/json.ts";
import { exitNoticeSchema, gangReplySchema, logStatReplySchema, type HeadIdentity } from "#shared/wire/bus.ts";
import type { BusConnection } from "../bus/nats-client.ts";
import { superviseBusServer } from "../bus/server-process.ts";

export const HEARTBEAT_SECONDS = 5;
/** Silent for three heartbeats, for six. */
const SUSPECT_PART = 0.5;
const LOOK_MS = 500;
/** A kill answers within 1.5 s, the rest in milliseconds. */
const ASK_MS = 2_500;
/** Up to so many nodes are asked one by one; more hear one broadcast. */
const DIRECT_MAX = 2;
const END_MS = 20_000;
const USAGE_MS = 1_500;
/** Less than the controller waits for us, or it would take us for silent where a worker is. */
const ANSWER_MS = 1_000;
/** A node that is alive answers within milliseconds. */
const LOST_ASK_MS = 500;

export interface Workers {
  readonly ask: (nids: readonly string[], ask: NodeAsk) => Map<string, Promise<NodeAnswer | null>>;
  readonly logs: WorkerLogs;
  readonly lastSeenAt: (nid: string) => number | null;
  /** null: it does not answer. */
  readonly usage: (nid: string) => Promise<NodeUsage | null>;
  /** Ends the nodes of all workers that answer. */
  readonly endAll: (action: "stop" | "down") => Promise<void>;
  readonly stop: () => void;
}

export interface WorkersOptions {
  readonly config: AgentConfig;
  /** Not the movable clock: silence is measured in real time. */
  readonly steady: Clock;
  readonly log: AgentLog;
  readonly identity: () => HeadIdentity;
  /** A worker that is silent for this long is lost. */
  readonly lostMs: number;
  readonly post: (fact: Exclude<Fact, { f: "submit" }>) => void;
  readonly bootOf: (nid: string) => string | null;
  readonly keepBoot: (nid: string, bootId: string) => void;
}

interface Worker {
  /** Monotonic and wall time of the last sign of life. */
  seenAt: number;
  seenWallAt: number | null;
  state: "joining" | "up" | "suspect" | "lost";
}

/** Starts the server and the connection in the background. */
export function createWorkers(options: WorkersOptions): Workers {
  const { config, steady, log, post } = options;
  const stopping = new AbortController();
  const server = superviseBusServer(config.dir, config.node, log);
  const startedAt = steady.monotonic();
  const workers = new Map<string, Worker>(
    config.node.nodes
      .filter(({ nid }) => nid !== config.node.nid)
      .map(({ nid }) => [nid, { seenAt: startedAt, seenWallAt: null, state: "joining" }]),
  );
  let line: BusConnection | null = null;

  void connect();
  const timer = setInterval(look, LOOK_MS);

  async function connect(): Promise<void> {
    try {
      const opened = await connectBus(
        config,
        { inboxPrefix: inboxPrefix.head, onConnected: hello, onDisconnected: () => log("info", "bus-disconnected") },
        stopping.signal,
      );
      line = opened;
      opened.respond(busSubjects.allUp, (subject, data) => take(subject, data));
      hello();
      log("info", "bus-connected");
    } catch (error) {
      if (stopping.signal.aborted) return;
      log("error", "bus-dial-failed", { error: errorText(error) });
      setTimeout(() => void connect(), 2_000);
    }
  }

  /** Workers that have known another head register at once. */
  function hello(): void {
    line?.publish(busSubjects.gang, encodeMessage({ v: 1, hello: options.identity() }));
  }

  /** What workers say by themselves: bus.v1.up.<nid>.<what>. The server sees to it that the nid is theirs. */
  async function take(subject: string, data: Uint8Array): Promise<Uint8Array | null> {
    const [, , , nid = "", what] = subject.split(".");
    const worker = workers.get(nid);
    if (worker === undefined) return encodeMessage({ ok: false, error: `${nid} is not a node of this cluster` });
    try {
      if (what === "register") return register(nid, worker, data);
      if (what === "hb") return beat(nid, worker);
      if (what === "exit") {
        const { key, exitCode } = decodeMessage(exitNoticeSchema, data);
        post({ f: "exited", ...key, exitCode });
        return encodeMessage({ ok: true });
      }
    } catch (error) {
      log("warn", "bad-bus-message", { nid, what, error: errorText(error) });
    }
    return null;
  }

  function register(nid: string, worker: Worker, data: Uint8Array): Uint8Array {
    const said = decodeMessage(workerRegistrationSchema, data);
    const entry = config.node.nodes.find((node) => node.nid === nid);
    if (said.nid !== nid || entry?.instanceId !== said.instanceId) {
      return encodeMessage({ ok: false, error: `${nid} is another machine than the one of this cluster` });
    }
    sign(worker);
    const known = options.bootOf(nid);
    const restarted = known !== null && known !== said.bootId;
    if (known !== said.bootId) options.keepBoot(nid, said.bootId);
    worker.state = "up";
    post({ f: restarted ? "node-restarted" : "node-up", nid });
    log("info", "worker-registered", { nid, run: said.run, restarted });
    return encodeMessage({ ok: true, run: options.identity().run, heartbeatSeconds: HEARTBEAT_SECONDS });
  }

  function sign(worker: Worker): void {
    worker.seenAt = steady.monotonic();
    worker.seenWallAt = steady.now();
  }

  function beat(nid: string, worker: Worker): null {
    sign(worker);
    if (worker.state === "suspect") {
      worker.state = "up";
      post({ f: "node-up", nid });
    } else if (worker.state !== "up") {
      line?.publish(busSubjects.rpc(nid, "gang"), encodeMessage({ v: 1, hello: options.identity() }));
    }
    return null;
  }

  /** A long sleep of the head is no silence of the workers: after one, everybody gets the whole time again. */
  let lookedAt = startedAt;
  function look(): void {
    const now = steady.monotonic();
    const slept = now - lookedAt > options.lostMs / 2;
    lookedAt = now;
    for (const [nid, worker] of workers) {
      if (slept) worker.seenAt = now;
      const silentMs = now - worker.seenAt;
      if (silentMs > options.lostMs && worker.state !== "lost") {
        worker.state = "lost";
        post({ f: "node-lost", nid });
        log("warn", "worker-lost", { nid });
      } else if (silentMs > options.lostMs * SUSPECT_PART && worker.state === "up") {
        worker.state = "suspect";
        post({ f: "node-suspect", nid });
      }
    }
  }

  function ask(nids: readonly string[], what: NodeAsk): Map<string, Promise<NodeAnswer | null>> {
    const data = encodeMessage({ v: 1, head: options.identity(), nids, ask: what });
    const found = new Map<string, Promise<NodeAnswer | null>>();
    const open = line;
    if (open === null || !open.connected()) {
      for (const nid of nids) found.set(nid, Promise.resolve(null));
      return found;
    }
    if (nids.length <= DIRECT_MAX) {
      for (const nid of nids) {
        const answer = open
          .request(busSubjects.rpc(nid, "gang"), data, ASK_MS)
          .then((reply) => decodeMessage(gangReplySchema, reply).answer);
        found.set(
          nid,
          answer.catch(() => null),
        );
      }
      return found;
    }
    const waiting = new Map<string, (answer: NodeAnswer | null) => void>();
    for (const nid of nids) found.set(nid, new Promise((resolve) => waiting.set(nid, resolve)));
    void open
      .ask(busSubjects.gang, data, ASK_MS, (reply) => {
        const { nid, answer } = decodeMessage(gangReplySchema, reply);
        waiting.get(nid)?.(answer);
        waiting.delete(nid);
        return waiting.size === 0;
      })
      .finally(() => {
        for (const resolve of waiting.values()) resolve(null);
      });
    return found;
  }

  async function call(nid: string, method: string, message: unknown, timeoutMs: number): Promise<Uint8Array> {
    if (line === null) throw new Error("the bus is not connected");
    // A lost node may be back without our knowing, so it is asked all the same, but not waited for long.
    const patienceMs = workers.get(nid)?.state === "lost" ? Math.min(LOST_ASK_MS, timeoutMs) : timeoutMs;
    return line.request(busSubjects.rpc(nid, method), encodeMessage(message), patienceMs);
  }

  function unreachable(nid: string): never {
    const isLost = workers.get(nid)?.state === "lost";
    throw new RpcRefusal(
      "not-ready",
      `${nodeName(nid)} does not answer`,
      "its output is readable again when it answers",
      isLost,
    );
  }

  async function endOne(nid: string, action: "stop" | "down"): Promise<void> {
    const deadline = steady.monotonic() + END_MS;
    while (steady.monotonic() < deadline && workers.get(nid)?.state !== "lost") {
      try {
        await call(nid, "end", { v: 1, head: options.identity(), action }, END_MS);
        return;
      } catch {
        await steady.sleep(500);
      }
    }
    log("warn", "worker-not-ended", { nid, action });
  }

  return {
    ask,
    logs: {
      read: async (nid, logAsk) => {
        const data = await call(nid, "log.read", { v: 1, ...logAsk }, logAsk.waitMs + ANSWER_MS).catch(() =>
          unreachable(nid),
        );
        const end = data.indexOf(10);
        return { head: decodeMessage(logChunkHeadSchema, data.subarray(0, end)), bytes: data.subarray(end + 1) };
      },
      stat: async (nid, logAsk) =>
        decodeMessage(
          logStatReplySchema,
          await call(nid, "log.stat", { v: 1, ...logAsk }, ANSWER_MS).catch(() => unreachable(nid)),
        ),
    },
    usage: async (nid) => {
      // A lost one would only let the others wait.
      if (workers.get(nid)?.state !== "up") return null;
      try {
        return decodeMessage(nodeUsageSchema, await call(nid, "usage", { v: 1 }, USAGE_MS));
      } catch {
        return null;
      }
    },
    lastSeenAt: (nid) => workers.get(nid)?.seenWallAt ?? null,
    endAll: async (action) => void (await Promise.all([...workers.keys()].map((nid) => endOne(nid, action)))),
    stop: () => {
      stopping.abort(new Error("the agent stops"));
      clearInterval(timer);
      server.stop();
      void line?.close();
    },
  };
}
