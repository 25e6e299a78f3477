// A worker at work: joins its head's bus, starts and kills what it is told, tells every end until it is heard. What follows from
// what is decided in state.ts; here it is done.
import type { Time } from "#shared/clock.ts";
import {
  exitReplySchema,
  type busHeartbeatSchema,
  type endMessageSchema,
  type exitNoticeSchema,
  type HeadIdentity,
} from "#shared/wire/bus.ts";
import { decodeMessage, encodeMessage } from "#shared/wire/json.ts";
import type { LaunchKey } from "#shared/wire/launches.ts";
import type { NodeUsage } from "#shared/wire/node-usage.ts";
import { workerRegistrationReplySchema, type WorkerRegistration } from "#shared/wire/registration.ts";
import { busSubjects } from "#shared/wire/subjects.ts";
import type { z } from "zod";
import type { AgentLog } from "../agent-log.ts";
import type { BusConnection, LineEvents } from "../bus/nats-client.ts";
import type { NodeLogs } from "../logs/node-logs.ts";
import type { AskedJobs } from "../node/answer.ts";
import { answerGang, answerRpc } from "./respond.ts";
import { firstState, step, type WorkerEffect, type WorkerEvent } from "./state.ts";

const REGISTER_MS = 2_000;
const NOTICE_MS = 1_000;
const HEARTBEAT_MS = 5_000;
/** The answer to "end" is on its way before the node ends. */
const LAST_WORD_MS = 50;

export type EndAction = z.infer<typeof endMessageSchema>["action"];

export interface WorkerOptions {
  readonly registration: WorkerRegistration;
  readonly steady: Time;
  readonly log: AgentLog;
  readonly jobs: AskedJobs & { readonly killEverything: () => Promise<void> };
  readonly logs: NodeLogs;
  readonly usage: () => Promise<NodeUsage>;
  /** The highest head that this node obeyed, and how that is kept; `keepHead` throws when the disk does not take it. */
  readonly knownHead: HeadIdentity;
  readonly keepHead: (head: HeadIdentity) => void;
  /** Waits for the bus for as long as it takes. */
  readonly openLine: (events: LineEvents) => Promise<BusConnection>;
  /** The head wishes it, and all of the node's processes are dead. */
  readonly onEnd: (action: EndAction) => Promise<void>;
}

export interface Worker {
  /** A launch of this node ended. */
  readonly exited: (key: LaunchKey, exitCode: number) => void;
  /** Resolves when the bus was joined; works on until the process ends. */
  readonly join: () => Promise<void>;
}

export function createWorker(options: WorkerOptions): Worker {
  const { steady, log } = options;
  const { nid, run } = options.registration;
  let state = firstState(options.knownHead);
  let line: BusConnection | null = null;

  function dispatch(event: WorkerEvent): void {
    const after = step(state, event);
    state = after.state;
    for (const effect of after.effects) perform(effect);
  }

  function perform(effect: WorkerEffect): void {
    switch (effect.do) {
      case "register":
        return void register().then((ok) => dispatch({ e: "registration-answered", ok }));
      case "tell":
        return void tell(effect.key, effect.exitCode).then((ok) =>
          dispatch({ e: "notice-answered", name: effect.name, ok }),
        );
      case "later":
        return void steady.after(effect.ms, () => dispatch(effect.event));
      case "note-registered":
        return log("info", "registered");
    }
  }

  /** False: not heard, or refused. */
  async function register(): Promise<boolean> {
    try {
      if (line === null) return false;
      const data = await line.request(busSubjects.register(nid), encodeMessage(options.registration), REGISTER_MS);
      const reply = decodeMessage(workerRegistrationReplySchema, data);
      if (!reply.ok) log("error", "registration-refused", { error: reply.error });
      return reply.ok;
    } catch {
      // The head is away; it will be back.
      return false;
    }
  }

  async function tell(key: LaunchKey, exitCode: number): Promise<boolean> {
    try {
      if (line === null || !line.connected()) return false;
      const notice: z.infer<typeof exitNoticeSchema> = { v: 1, key, exitCode };
      return decodeMessage(exitReplySchema, await line.request(busSubjects.exit(nid), encodeMessage(notice), NOTICE_MS))
        .ok;
    } catch {
      return false;
    }
  }

  const desk = {
    nid,
    jobs: options.jobs,
    logs: options.logs,
    usage: options.usage,
    log,
    state: () => state,
    obey: (next: typeof state) => {
      if (next.head !== state.head) options.keepHead(next.head);
      state = next;
    },
    hello: () => dispatch({ e: "head-may-be-new" }),
    end: async (action: EndAction) => {
      dispatch({ e: "end" });
      await options.jobs.killEverything();
      log("info", "node-ends", { action });
      steady.after(LAST_WORD_MS, () => void Promise.resolve(line?.close()).then(() => options.onEnd(action)));
    },
  };

  return {
    exited: (key, exitCode) => dispatch({ e: "exited", key, exitCode }),
    join: async () => {
      const opened = await options.openLine({
        onConnected: () => dispatch({ e: "head-may-be-new" }),
        onDisconnected: () => log("info", "bus-disconnected"),
      });
      line = opened;
      opened.respond(busSubjects.gang, (_subject, data) => answerGang(desk, data));
      opened.respond(busSubjects.rpc(nid, ">"), (subject, data) =>
        answerRpc(desk, subject.split(".").slice(5).join("."), data),
      );
      const beat: z.infer<typeof busHeartbeatSchema> = { v: 1, run };
      steady.every(HEARTBEAT_MS, () => opened.publish(busSubjects.heartbeat(nid), encodeMessage(beat)));
      dispatch({ e: "head-may-be-new" });
    },
  };
}
