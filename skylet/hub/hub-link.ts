// The head's line to the controller: finds the hub, registers at every connection, answers requests, sends heartbeats.
import { writeWholeSync } from "#shared/os/whole-file.ts";
import { existsSync, readFileSync, statSync } from "node:fs";
import { freemem, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { agentFiles, hubEndpointsSchema } from "#shared/wire/node-config.ts";
import { headRegistrationReplySchema, type HeadRegistration } from "#shared/wire/registration.ts";
import type { Heartbeat } from "#shared/wire/events.ts";
import { hubSubjects, inboxPrefix } from "#shared/wire/subjects.ts";
import { protocol, version } from "#shared/version.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { AgentLog } from "../agent-log.ts";
import type { AgentConfig } from "../config.ts";
import { openBusConnection, type BusConnection } from "../bus/nats-client.ts";
import type { RequestAnswerer } from "./requests.ts";

const HEARTBEAT_MS = 10_000;
const REGISTER_MS = 2_000;
const REGISTER_PAUSE_MIN_MS = 200;
const REGISTER_PAUSE_MAX_MS = 5_000;
/** hub.json is looked at this often: it changes when a tunnel moves. */
const ENDPOINTS_LOOK_MS = 2_000;

export interface HubLinkOptions {
  readonly config: AgentConfig;
  readonly log: AgentLog;
  readonly answer: RequestAnswerer;
  readonly registration: () => Omit<
    HeadRegistration,
    "v" | "proto" | "version" | "cid" | "bootId" | "instanceId" | "token"
  >;
  readonly onRegistered: (reply: { readonly inc: number; readonly epoch: number; readonly acked: number }) => void;
  readonly onFenced: () => void;
  readonly heartbeat: () => Omit<Heartbeat, "v" | "ts" | "load" | "memUsed" | "n">;
  readonly now: () => number;
}

export type HubLink = ReturnType<typeof createHubLink>;

export function createHubLink(options: HubLinkOptions) {
  const { config, log } = options;
  const { cid, nid } = config.node;
  const stopping = new AbortController();
  let connection: BusConnection | null = null;
  let endpoints = readEndpoints(config);
  let registering = false;
  let registered = false;
  let again = false;
  let beats = 0;
  let dialled = 0;

  async function dial(): Promise<void> {
    const attempt = ++dialled;
    const { credentialsFile, caFile } = config.node.hub;
    try {
      const opened = await openBusConnection(
        {
          servers: endpoints.list,
          inboxPrefix: inboxPrefix.cluster(cid),
          name: `skylet ${cid}/${nid}`,
          auth:
            credentialsFile === null ? null : { credentials: readFileSync(join(config.dir, credentialsFile), "utf8") },
          ca: caFile === null ? null : readFileSync(join(config.dir, caFile), "utf8"),
          onConnected: () => void register(),
          onDisconnected: () => log("info", "hub-disconnected"),
        },
        stopping.signal,
      );
      if (attempt !== dialled) return await opened.close();
      connection = opened;
      opened.respond(hubSubjects.rpc(cid, ">"), (subject, data) =>
        options.answer(subject.split(".").slice(5).join("."), data),
      );
      log("info", "hub-connected", { endpoints: endpoints.list });
      void register();
    } catch (error) {
      if (stopping.signal.aborted || attempt !== dialled) return;
      log("warn", "hub-dial-failed", { error: errorText(error) });
      setTimeout(() => void dial(), REGISTER_PAUSE_MAX_MS);
    }
  }

  /** Until it is answered; again at every reconnection, and whenever the controller asks for it. */
  async function register(): Promise<void> {
    if (connection === null) return;
    // What was said in a registration under way may be old already.
    again = true;
    if (registering) return;
    registering = true;
    let pauseMs = REGISTER_PAUSE_MIN_MS;
    while (!stopping.signal.aborted) {
      if (connection.connected()) {
        again = false;
        const done = await tryRegister(connection);
        if (again) continue;
        if (done) break;
      }
      await Bun.sleep(pauseMs);
      pauseMs = Math.min(REGISTER_PAUSE_MAX_MS, pauseMs * 2);
    }
    registering = false;
  }

  async function tryRegister(line: BusConnection): Promise<boolean> {
    const message: HeadRegistration = {
      v: 1,
      proto: [protocol.min, protocol.max],
      version,
      cid,
      bootId: config.bootId,
      instanceId: config.node.nodes[0]?.instanceId ?? "",
      token: config.node.bootToken,
      ...options.registration(),
    };
    try {
      const data = await line.request(
        hubSubjects.register(cid),
        new TextEncoder().encode(JSON.stringify(message)),
        REGISTER_MS,
      );
      const reply = headRegistrationReplySchema.parse(JSON.parse(new TextDecoder().decode(data)));
      if (!reply.ok) {
        log("warn", "registration-refused", { error: reply.error, message: reply.message });
        if (reply.error === "fenced") options.onFenced();
        return false;
      }
      if (reply.credentials !== null) keepCredentials(reply.credentials);
      registered = true;
      options.onRegistered(reply);
      log("info", "registered", { inc: reply.inc, epoch: reply.epoch, acked: reply.acked });
      beat();
      return true;
    } catch {
      // Nobody listens now; the cluster goes on by itself and asks again.
      return false;
    }
  }

  /** New credentials are used at the next connection; the file is whole or the old one. */
  function keepCredentials(text: string): void {
    const { credentialsFile } = config.node.hub;
    if (credentialsFile === null) return;
    const path = join(config.dir, credentialsFile);
    try {
      writeWholeSync(path, text);
    } catch (error) {
      log("warn", "credentials-not-kept", { error: errorText(error) });
    }
  }

  function beat(): void {
    if (connection === null || !registered) return;
    const message: Heartbeat = {
      v: 1,
      ts: options.now(),
      n: beats++,
      load: loadavg()[0] ?? 0,
      memUsed: totalmem() - freemem(),
      ...options.heartbeat(),
    };
    connection.publish(hubSubjects.heartbeat(cid, nid), new TextEncoder().encode(JSON.stringify(message)));
  }

  function lookAtEndpoints(): void {
    const found = readEndpoints(config, endpoints.mtimeMs);
    if (found === endpoints || found.gen <= endpoints.gen) return;
    endpoints = found;
    log("info", "hub-moved", { gen: found.gen, endpoints: found.list });
    const old = connection;
    connection = null;
    void old?.close();
    void dial();
  }

  const beatTimer = setInterval(beat, HEARTBEAT_MS);
  const lookTimer = setInterval(lookAtEndpoints, ENDPOINTS_LOOK_MS);
  void dial();

  return {
    register: () => void register(),
    request: async (subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> => {
      if (connection === null || !connection.connected()) throw new Error("no connection to the hub");
      return connection.request(subject, data, timeoutMs);
    },
    close: async (): Promise<void> => {
      stopping.abort(new Error("the agent stops"));
      clearInterval(beatTimer);
      clearInterval(lookTimer);
      await connection?.close();
    },
  };
}

interface Endpoints {
  readonly gen: number;
  readonly list: readonly string[];
  readonly mtimeMs: number;
}

/** hub.json when it is there and whole, else what node.json says. */
function readEndpoints(config: AgentConfig, knownMtimeMs?: number): Endpoints {
  const path = join(config.dir, agentFiles.hubEndpoints);
  const initial: Endpoints = { gen: 0, list: config.node.hub.endpoints, mtimeMs: 0 };
  try {
    if (!existsSync(path)) return initial;
    const { mtimeMs } = statSync(path);
    if (mtimeMs === knownMtimeMs) return initial;
    const { gen, endpoints } = hubEndpointsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return { gen, list: endpoints, mtimeMs };
  } catch {
    return initial;
  }
}
