// The head's line to the controller: does what link-state.ts decides. Finds the hub, registers at every connection, answers
// requests, sends heartbeats.
import type { Time } from "#shared/clock.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { Heartbeat } from "#shared/wire/events.ts";
import { decodeMessage, encodeMessage } from "#shared/wire/json.ts";
import {
  headRegistrationReplySchema,
  type HeadRegistration,
  type HeadRegistrationReply,
} from "#shared/wire/registration.ts";
import { hubSubjects } from "#shared/wire/subjects.ts";
import type { AgentLog } from "../agent-log.ts";
import type { BusConnection, LineEvents } from "../bus/nats-client.ts";
import { firstLink, step, type Endpoints, type LinkEffect, type LinkEvent } from "./link-state.ts";
import type { RequestAnswerer } from "./requests.ts";

const HEARTBEAT_MS = 10_000;
const REGISTER_MS = 2_000;
/** hub.json is looked at this often: it changes when a tunnel moves. */
const ENDPOINTS_LOOK_MS = 2_000;

export interface HubLinkOptions {
  readonly cid: string;
  readonly nid: string;
  readonly steady: Time;
  readonly log: AgentLog;
  readonly readEndpoints: () => Endpoints;
  /** Waits for the hub for as long as it takes, or until the signal ends it. */
  readonly openLine: (endpoints: Endpoints, events: LineEvents, signal: AbortSignal) => Promise<BusConnection>;
  readonly answer: RequestAnswerer;
  readonly registration: () => HeadRegistration;
  readonly onRegistered: (reply: Extract<HeadRegistrationReply, { ok: true }>) => void;
  readonly onFenced: () => void;
  /** New ones, for the next connection. Does not throw. */
  readonly keepCredentials: (text: string) => void;
  readonly heartbeat: (n: number) => Heartbeat;
}

export interface HubLink {
  /** The controller shall hear what we are now. */
  readonly register: () => void;
  /** Throws when there is no connection, or no answer in time. */
  readonly request: (subject: string, data: Uint8Array, timeoutMs: number) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

export function createHubLink(options: HubLinkOptions): HubLink {
  const { cid, nid, steady, log } = options;
  const stopping = new AbortController();
  let line: BusConnection | null = null;
  let state = firstLink(options.readEndpoints());

  function dispatch(event: LinkEvent): void {
    const after = step(state, event);
    state = after.state;
    for (const effect of after.effects) perform(effect);
  }

  function perform(effect: LinkEffect): void {
    switch (effect.do) {
      case "dial":
        if (effect.endpoints.gen > 0) log("info", "hub-moved", { gen: effect.endpoints.gen });
        return void dial(effect.attempt, effect.endpoints);
      case "close": {
        const old = line;
        line = null;
        return void old?.close();
      }
      case "register":
        return void register().then((reply) => dispatch({ e: "answered", reply }));
      case "later":
        return void steady.after(effect.ms, () => dispatch(effect.event));
      case "welcome":
        if (effect.reply.credentials !== null) options.keepCredentials(effect.reply.credentials);
        options.onRegistered(effect.reply);
        return log("info", "registered", {
          inc: effect.reply.inc,
          epoch: effect.reply.epoch,
          acked: effect.reply.acked,
        });
      case "refused":
        log("warn", "registration-refused", { error: effect.reply.error, message: effect.reply.message });
        if (effect.reply.error === "fenced") options.onFenced();
        return;
      case "beat":
        return line?.publish(hubSubjects.heartbeat(cid, nid), encodeMessage(options.heartbeat(effect.n)));
    }
  }

  async function dial(attempt: number, endpoints: Endpoints): Promise<void> {
    try {
      const opened = await options.openLine(
        endpoints,
        {
          onConnected: () => dispatch({ e: "register" }),
          onDisconnected: () => log("info", "hub-disconnected"),
        },
        stopping.signal,
      );
      if (attempt !== state.dialled || state.isStopped) return await opened.close();
      line = opened;
      opened.respond(hubSubjects.rpc(cid, ">"), (subject, data) =>
        options.answer(subject.split(".").slice(5).join("."), data),
      );
      log("info", "hub-connected", { endpoints: endpoints.list });
      dispatch({ e: "register" });
    } catch (error) {
      if (stopping.signal.aborted) return;
      log("warn", "hub-dial-failed", { error: errorText(error) });
      dispatch({ e: "dial-failed", attempt });
    }
  }

  /** null: not heard. */
  async function register(): Promise<HeadRegistrationReply | null> {
    try {
      if (line === null || !line.connected()) return null;
      const data = await line.request(hubSubjects.register(cid), encodeMessage(options.registration()), REGISTER_MS);
      return decodeMessage(headRegistrationReplySchema, data);
    } catch {
      return null;
    }
  }

  const callOffs = [
    steady.every(HEARTBEAT_MS, () => dispatch({ e: "beat" })),
    steady.every(ENDPOINTS_LOOK_MS, () => dispatch({ e: "endpoints", found: options.readEndpoints() })),
  ];
  dispatch({ e: "start" });

  return {
    register: () => dispatch({ e: "register" }),
    request: async (subject, data, timeoutMs) => {
      if (line === null || !line.connected()) throw new Error("no connection to the hub");
      return line.request(subject, data, timeoutMs);
    },
    close: async () => {
      stopping.abort(new Error("the agent stops"));
      for (const callOff of callOffs) callOff();
      const old = line;
      line = null;
      await old?.close();
      dispatch({ e: "stop" });
    },
  };
}
