// The head's side of the cluster's bus: takes what workers tell, and asks them. Who is there is decided in roster.ts.
import type { Time } from "#shared/clock.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { nodeName } from "#shared/node-name.ts";
import { exitNoticeSchema, logStatReplySchema, type HeadIdentity } from "#shared/wire/bus.ts";
import { decodeMessage, encodeMessage } from "#shared/wire/json.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import type { NodeEntry } from "#shared/wire/node-config.ts";
import { nodeUsageSchema, type NodeUsage } from "#shared/wire/node-usage.ts";
import { workerRegistrationSchema } from "#shared/wire/registration.ts";
import { logChunkHeadSchema } from "#shared/wire/rpc.ts";
import { busSubjects } from "#shared/wire/subjects.ts";
import type { AgentLog } from "../agent-log.ts";
import type { BusConnection, LineEvents } from "../bus/nats-client.ts";
import { RpcRefusal } from "../hub/rpc-errors.ts";
import type { WorkerLogs } from "../logs/head-logs.ts";
import type { Fact } from "../queue/decide.ts";
import { askWorkers } from "./ask-workers.ts";
import { firstRoster, step, type Roster, type RosterEffect, type RosterEvent } from "./roster.ts";

export const HEARTBEAT_SECONDS = 5;
const LOOK_MS = 500;
const DIAL_AGAIN_MS = 2_000;
const END_MS = 20_000;
const END_AGAIN_MS = 500;
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
  /** All but the head's own. */
  readonly nodes: readonly NodeEntry[];
  /** Not the movable clock: silence is measured in real time. */
  readonly steady: Time;
  readonly log: AgentLog;
  readonly identity: () => HeadIdentity;
  /** A worker that is silent for this long is lost. */
  readonly lostMs: number;
  readonly post: (fact: Exclude<Fact, { f: "submit" }>) => void;
  readonly boots: Roster["boots"];
  /** Throws when the disk does not take it. */
  readonly keepBoots: (boots: Roster["boots"]) => void;
  /** Waits for the bus for as long as it takes, or until the signal ends it. */
  readonly openLine: (events: LineEvents, signal: AbortSignal) => Promise<BusConnection>;
}

/** Connects in the background. */
export function createWorkers(options: WorkersOptions): Workers {
  const { steady, log, nodes } = options;
  const stopping = new AbortController();
  let line: BusConnection | null = null;
  let roster = firstRoster(
    nodes.map(({ nid }) => nid),
    { boots: options.boots, lostMs: options.lostMs, now: steady.monotonic() },
  );
  const stateOf = (nid: string) => roster.workers.get(nid)?.state;

  function dispatch(event: RosterEvent): void {
    const after = step(roster, event, { monotonic: steady.monotonic(), wall: steady.now() });
    // What must be kept is kept before it counts: a worker whose boot was not written is told nothing, and says it again.
    for (const effect of after.effects) if (effect.do === "keep-boots") options.keepBoots(effect.boots);
    roster = after.state;
    for (const effect of after.effects) perform(effect);
  }

  function perform(effect: RosterEffect): void {
    if (effect.do === "hello") return line?.publish(busSubjects.rpc(effect.nid, "gang"), helloMessage());
    if (effect.do !== "post") return;
    if (effect.f === "node-lost") log("warn", "worker-lost", { nid: effect.nid });
    options.post({ f: effect.f, nid: effect.nid });
  }

  function helloMessage(): Uint8Array {
    return encodeMessage({ v: 1, hello: options.identity() });
  }

  /** Workers that have known another head register at once. */
  function hello(): void {
    line?.publish(busSubjects.gang, helloMessage());
  }

  async function connect(): Promise<void> {
    try {
      const opened = await options.openLine(
        { onConnected: hello, onDisconnected: () => log("info", "bus-disconnected") },
        stopping.signal,
      );
      line = opened;
      opened.respond(busSubjects.allUp, async (subject, data) => take(subject, data));
      hello();
      log("info", "bus-connected");
    } catch (error) {
      if (stopping.signal.aborted) return;
      log("error", "bus-dial-failed", { error: errorText(error) });
      steady.after(DIAL_AGAIN_MS, () => void connect());
    }
  }

  /** What workers say by themselves: bus.v1.up.<nid>.<what>. The server sees to it that the nid is theirs. */
  function take(subject: string, data: Uint8Array): Uint8Array | null {
    const [, , , nid = "", what] = subject.split(".");
    if (!roster.workers.has(nid)) return encodeMessage({ ok: false, error: `${nid} is not a node of this cluster` });
    try {
      if (what === "register") return register(nid, data);
      if (what === "hb") dispatch({ e: "beat", nid });
      if (what !== "exit") return null;
      const { key, exitCode } = decodeMessage(exitNoticeSchema, data);
      options.post({ f: "exited", ...key, exitCode });
      return encodeMessage({ ok: true });
    } catch (error) {
      log("warn", "bad-bus-message", { nid, what, error: errorText(error) });
      return null;
    }
  }

  function register(nid: string, data: Uint8Array): Uint8Array {
    const { nid: said, instanceId, bootId, run } = decodeMessage(workerRegistrationSchema, data);
    const entry = nodes.find((node) => node.nid === nid);
    if (said !== nid || entry?.instanceId !== instanceId)
      return encodeMessage({ ok: false, error: `${nid} is another machine than the one of this cluster` });
    dispatch({ e: "registered", nid, bootId, run });
    log("info", "worker-registered", { nid, run });
    return encodeMessage({ ok: true, run: options.identity().run, heartbeatSeconds: HEARTBEAT_SECONDS });
  }

  async function call(nid: string, method: string, message: object, timeoutMs: number): Promise<Uint8Array> {
    if (line === null) throw new Error("the bus is not connected");
    // A lost node may be back without our knowing, so it is asked all the same, but not waited for long.
    const patienceMs = stateOf(nid) === "lost" ? Math.min(LOST_ASK_MS, timeoutMs) : timeoutMs;
    return line.request(busSubjects.rpc(nid, method), encodeMessage({ v: 1, ...message }), patienceMs);
  }

  async function endOne(nid: string, action: "stop" | "down"): Promise<void> {
    const deadline = steady.monotonic() + END_MS;
    while (steady.monotonic() < deadline && stateOf(nid) !== "lost") {
      try {
        await call(nid, "end", { head: options.identity(), action }, END_MS);
        return;
      } catch {
        await steady.sleep(END_AGAIN_MS);
      }
    }
    log("warn", "worker-not-ended", { nid, action });
  }

  const callOffLook = steady.every(LOOK_MS, () => dispatch({ e: "look" }));
  void connect();

  return {
    ask: (nids, ask) => askWorkers(line, options.identity(), nids, ask),
    logs: workerLogs(call, (nid) => stateOf(nid) === "lost"),
    usage: async (nid) => {
      // A lost one would only let the others wait.
      if (stateOf(nid) !== "up") return null;
      try {
        return decodeMessage(nodeUsageSchema, await call(nid, "usage", {}, USAGE_MS));
      } catch {
        return null;
      }
    },
    lastSeenAt: (nid) => roster.workers.get(nid)?.seenWallAt ?? null,
    endAll: async (action) => void (await Promise.all(nodes.map(({ nid }) => endOne(nid, action)))),
    stop: () => {
      stopping.abort(new Error("the agent stops"));
      callOffLook();
      void line?.close();
    },
  };
}

type Call = (nid: string, method: string, message: object, timeoutMs: number) => Promise<Uint8Array>;

function workerLogs(call: Call, isLost: (nid: string) => boolean): WorkerLogs {
  const unreachable = (nid: string): never => {
    throw new RpcRefusal(
      "not-ready",
      `${nodeName(nid)} does not answer`,
      "its output is readable again when it answers",
      isLost(nid),
    );
  };
  return {
    read: async (nid, ask) => {
      const data = await call(nid, "log.read", ask, ask.waitMs + ANSWER_MS).catch(() => unreachable(nid));
      const end = data.indexOf(10);
      return { head: decodeMessage(logChunkHeadSchema, data.subarray(0, end)), bytes: data.subarray(end + 1) };
    },
    stat: async (nid, ask) =>
      decodeMessage(logStatReplySchema, await call(nid, "log.stat", ask, ANSWER_MS).catch(() => unreachable(nid))),
  };
}
