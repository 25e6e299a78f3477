// A real hub in a temp folder, and heads that are plain NATS clients: what the hub's tests stand on.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { connect, credsAuthenticator, type NatsConnection, type Subscription } from "nats";
import { createMonitorStore } from "#controller/adapters/db/stores/monitor-store.ts";
import { createAgentRecords } from "#controller/adapters/db/stores/agent-records.ts";
import { openDatabase, type OpenDatabase } from "#controller/adapters/db/sqlite/database.ts";
import { createHub, type Hub, type HubOptions } from "#controller/adapters/nats/hub.ts";
import { createParts, partSources } from "#controller/adapters/parts/locate-part.ts";
import type { MonitorAccess, MonitorWish } from "#controller/ports/monitors.ts";
import type { AgentRecords } from "#controller/ports/agent-records.ts";
import { realClock, realRandom } from "#shared/clock.ts";
import type { ClusterEvent } from "#shared/wire/events.ts";
import { headRegistrationReplySchema } from "#shared/wire/registration.ts";
import { hubSubjects, inboxPrefix } from "#shared/wire/subjects.ts";

export interface HubBench extends AsyncDisposable {
  readonly folder: string;
  readonly database: OpenDatabase;
  readonly records: AgentRecords;
  readonly hub: Hub;
  /** Ends this controller (not the daemon) and starts another on the same state. */
  restartController(): Promise<void>;
  /** A client with a cluster's credentials; it says nothing by itself. */
  headClient(cid: string): Promise<NatsConnection>;
  head(cid: string, more?: Partial<HeadScript>): Promise<FakeHead>;
  /** Another client with such credentials; it does not try again when it is refused or closed. */
  dial(access: MonitorAccess): Promise<NatsConnection>;
  /** New credentials, and a client that has them. */
  monitor(
    wish?: Partial<MonitorWish>,
  ): Promise<{ readonly access: MonitorAccess; readonly connection: NatsConnection }>;
}

export interface HeadScript {
  readonly dbId: string;
  readonly run: number;
  /** Answers to questions, by method. */
  readonly answers: Readonly<Record<string, (params: Record<string, unknown>) => unknown>>;
}

export interface FakeHead extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly inc: number;
  /** Sends events from this sequence number on; resolves to the hub's answer. */
  send(
    from: number,
    events: readonly ClusterEvent[],
    as?: { inc?: number; run?: number },
  ): Promise<Record<string, unknown>>;
}

const parts = createParts(partSources(process.env, `${tmpdir()}/stix-test-parts`));

export async function hubBench(options: Partial<HubOptions> = {}): Promise<HubBench> {
  const folder = await mkdtemp(`${tmpdir()}/stix-hub-`);
  const clients: NatsConnection[] = [];
  let database = openDatabase(`${folder}/state.db`);
  let hub: Hub;
  const start = () =>
    createHub({
      folder: `${folder}/hub`,
      host: "127.0.0.1",
      port: null,
      publicNames: [],
      records: createAgentRecords(database),
      directory: { find: async (cid) => ({ cid, name: `name-of-${cid}`, nodeCount: 1 }) },
      monitors: createMonitorStore(database),
      clock: realClock(),
      random: realRandom(),
      locateServer: () => parts.locate("nats-server"),
      log: () => undefined,
      ...options,
    });
  const clear = async () => {
    database.close();
    await rm(folder, { recursive: true, force: true });
  };
  hub = await start().catch(async (error: unknown) => {
    await clear();
    throw error;
  });

  const dial = async (
    access: { endpoints: readonly string[]; credentials: string; ca: string | null },
    prefix: string,
    name: string,
    reconnect = true,
  ) => {
    const client = await connect({
      servers: access.endpoints[0] ?? "",
      authenticator: credsAuthenticator(new TextEncoder().encode(access.credentials)),
      ...(access.ca === null ? {} : { tls: { ca: access.ca } }),
      inboxPrefix: prefix,
      name,
      timeout: 2_000,
      reconnect,
      reconnectTimeWait: 20,
      maxReconnectAttempts: -1,
    });
    clients.push(client);
    return client;
  };
  const headClient = async (cid: string) => dial(await hub.agents.enroll(cid, ["n0"]), inboxPrefix.cluster(cid), cid);

  return {
    folder,
    get database() {
      return database;
    },
    get records() {
      return createAgentRecords(database);
    },
    get hub() {
      return hub;
    },
    async restartController() {
      await hub[Symbol.asyncDispose]();
      database.close();
      database = openDatabase(`${folder}/state.db`);
      hub = await start();
    },
    headClient,
    async head(cid, more = {}) {
      const { bootToken } = await hub.agents.enroll(cid, ["n0"]);
      return startHead(await headClient(cid), cid, { token: bootToken, dbId: "db-1", run: 1, answers: {}, ...more });
    },
    dial: (access) => dial(access, inboxPrefix.monitor, "monitor", false),
    monitor: async (wish = {}) => {
      const access = await hub.monitors.create({ name: null, lifetimeMs: null, ...wish });
      return { access, connection: await dial(access, inboxPrefix.monitor, "monitor", false) };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      await hub.stopDaemon();
      await clear();
    },
  };
}

async function startHead(
  connection: NatsConnection,
  cid: string,
  script: HeadScript & { token: string },
): Promise<FakeHead> {
  const questions = connection.subscribe(hubSubjects.rpc(cid, ">").replace(".>.", ".>"));
  void answerAll(questions, script);
  const reply = await request(connection, hubSubjects.register(cid), {
    v: 1,
    proto: [1, 1],
    version: "0",
    cid,
    dbId: script.dbId,
    inc: null,
    run: script.run,
    bootId: "b",
    instanceId: "i",
    token: script.token,
    nodes: ["n0"],
    ev: { first: 1, last: 0 },
  });
  const registered = headRegistrationReplySchema.parse(reply);
  if (!registered.ok) throw new Error(`refused: ${registered.error}`);
  return {
    connection,
    inc: registered.inc,
    send: (from, events, as = {}) =>
      request(connection, hubSubjects.eventBatch(cid), {
        v: 1,
        inc: as.inc ?? registered.inc,
        run: as.run ?? script.run,
        ev: events.map((event, index) => [from + index, Date.now() + index, event]),
      }),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

async function answerAll(questions: Subscription, script: HeadScript): Promise<void> {
  for await (const question of questions) {
    const method = question.subject.split(".rpc.")[1] ?? "";
    const answer = script.answers[method] ?? (method === "state" ? () => upState : undefined);
    const params = question.json<Record<string, unknown>>();
    const reply = answer?.(params) ?? { ok: false, error: { code: "unsupported", message: `no ${method}`, hint: "" } };
    question.respond(
      reply instanceof Uint8Array ? reply : JSON.stringify("ok" in Object(reply) ? reply : { ok: true, result: reply }),
    );
  }
}

const upState = {
  version: "0",
  nodes: [{ nid: "n0", state: "UP", lastSeenAt: 1 }],
  autostop: null,
  autostopping: false,
  idleSinceAt: 0,
  jobCounts: {},
};

/** As patient as a real head: what was lost with a killed hub is sent again. */
const REQUEST_MS = 2_000;

export async function request(
  connection: NatsConnection,
  subject: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  return (await connection.request(subject, JSON.stringify(body), { timeout: REQUEST_MS })).json();
}
