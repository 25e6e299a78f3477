// Everything an operation uses, in memory: the real stores on a database of their own, twins of clouds and heads, time that jumps.
import { openCatalog } from "#catalog/load.ts";
import { createClusterStore } from "#controller/adapters/db/stores/cluster-store.ts";
import { openDatabase } from "#controller/adapters/db/sqlite/database.ts";
import { createFencedStores } from "#controller/adapters/db/stores/fenced-stores.ts";
import { createLockStore } from "#controller/adapters/db/stores/lock-store.ts";
import { createRequestStore } from "#controller/adapters/db/stores/request-store.ts";
import { createUploadStore } from "#controller/adapters/db/stores/upload-store.ts";
import { operationShelf } from "#controller/operations/all-operations.ts";
import type { World } from "#controller/operations/operation.ts";
import { createRequestEngine, type RequestEngine } from "#controller/requests/engine.ts";
import { createLeakBook } from "#controller/ports/leaks.ts";
import type { RequestLogs } from "#controller/ports/request-logs.ts";
import { unclaimed, type RequestRecord } from "#controller/ports/requests.ts";
import type { Clock, Random } from "#shared/clock.ts";
import { statePaths } from "#shared/paths.ts";
import type { MemoryStores } from "./memory-stores.ts";
import { twinAgents, type TwinAgents } from "./twin-agents.ts";
import { twinCloud, type TwinCloud } from "./twin-provider.ts";

export interface TwinWorld {
  readonly world: World;
  readonly worker: RequestEngine;
  readonly cloud: TwinCloud;
  readonly heads: TwinAgents;
  /** What each request told, by id. */
  readonly told: ReadonlyMap<string, string>;
  readonly events: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[];
  /** Submits and waits for the end. */
  readonly ask: (name: string, body: Readonly<Record<string, unknown>>) => Promise<RequestRecord>;
  request(name: string, body: Readonly<Record<string, unknown>>): RequestRecord;
}

export interface TwinOptions {
  readonly root?: string;
  readonly database?: ReturnType<typeof openDatabase>;
  /** In place of a database: for worlds by the thousand. */
  readonly stores?: MemoryStores;
  readonly cloud?: TwinCloud;
  /** More clouds beside that one; they share its agents. */
  readonly moreClouds?: readonly TwinCloud[];
  readonly heads?: TwinAgents;
  readonly clock?: Clock;
  /** The server's config file. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly random?: Random;
  /** Other servers work on the same database, whose rows are looked at so often; absent: this is the only one. */
  readonly pollMs?: number;
  /** Time for renewing leases; absent: it never passes. */
  readonly pulse?: Clock;
  /** Wraps every promise that is kept outside: the place to crash. */
  readonly wrap?: <T extends object>(name: string, port: T) => T;
}

export function twinWorld(options: TwinOptions = {}): TwinWorld {
  const clock = options.clock ?? jumpingClock();
  const random = options.random ?? seededRandom(1);
  const cloud = options.cloud ?? twinCloud();
  const heads = options.heads ?? twinAgents(cloud, () => clock.now());
  const wrap = options.wrap ?? ((_name, port) => port);
  const told = new Map<string, string>();
  const events: TwinWorld["events"] = [];
  const logs = twinLogs(told);
  const stores = options.stores ?? databaseStores(options.database ?? openDatabase(":memory:"));
  const providers = [cloud, ...(options.moreClouds ?? [])].map(({ provider }) =>
    wrap("provider", {
      ...provider,
      power: provider.power === null ? null : wrap("power", provider.power),
    }),
  );
  const world: World = {
    clock,
    random,
    requests: wrap("requests", stores.requests),
    locks: wrap("locks", stores.locks),
    clusters: wrap("clusters", stores.clusters),
    uploads: stores.uploads,
    fenced: (fence) => {
      const { clusters, locks } = stores.fenced(fence);
      return { clusters: wrap("clusters", clusters), locks: wrap("locks", locks) };
    },
    agents: wrap("agents", heads.agents),
    leaks: createLeakBook(),
    providers: {
      names: providers.map((provider) => provider.cloud),
      load: async (name) => providers.find((provider) => provider.cloud === name) ?? null,
      all: async () => providers,
    },
    // Where a path is, is no call outside.
    shell: { ...wrap("shell", cloud.shell), paths: (instance) => cloud.shell.paths(instance) },
    parts: { locate: async () => "/bin/true" },
    paths: statePaths({ STIX_HOME: options.root ?? "/nonexistent-twin" }),
    catalog: () => openCatalog({ enabled: [] }),
    config: () => options.config ?? {},
    home: "/nonexistent-twin",
    environment: {},
    cancelRequests: (ids) => worker.cancel(ids),
  };
  const worker: RequestEngine = createRequestEngine({
    world,
    logs,
    operations: operationShelf([]),
    tell: (event, fields) => void events.push({ event, fields }),
    pulse: options.pulse ?? stillClock(),
    pollMs: options.pollMs ?? null,
  });
  const request = (name: string, body: Readonly<Record<string, unknown>>): RequestRecord =>
    aRequest(random.uuid(), name, body, clock.now());
  return {
    world,
    worker,
    cloud,
    heads,
    told,
    events,
    request,
    async ask(name, body) {
      const asked = request(name, body);
      await worker.submit(asked);
      const ended = await worker.ended(asked.id, new AbortController().signal);
      if (ended === null) throw new Error("the request is gone");
      return ended;
    },
  };
}

export function databaseStores(database: ReturnType<typeof openDatabase>): MemoryStores {
  return {
    clusters: createClusterStore(database),
    requests: createRequestStore(database),
    locks: createLockStore(database),
    fenced: createFencedStores(database),
    uploads: createUploadStore(database),
  };
}

export function aRequest(
  id: string,
  name: string,
  body: Readonly<Record<string, unknown>>,
  createdAt: number,
): RequestRecord {
  const clusterName = typeof body["cluster_name"] === "string" ? body["cluster_name"] : null;
  return {
    id,
    name,
    lane: "long",
    state: "PENDING",
    body: { env_vars: {}, ...body },
    userHash: "abcd1234",
    userName: "ana",
    workspace: "default",
    clusterName,
    clientApi: 62,
    createdAt,
    startedAt: null,
    finishedAt: null,
    runs: 0,
    cancelAsked: false,
    value: null,
    failure: null,
    statusMessage: null,
    ...unclaimed,
  };
}

function twinLogs(told: Map<string, string>): RequestLogs {
  return {
    pathOf: (id) => `/nonexistent-twin/${id}`,
    open: (id) => ({ line: (text) => void told.set(id, `${told.get(id) ?? ""}${text}\n`) }),
    changed: async () => undefined,
    wake: () => undefined,
    remove: (ids) => {
      for (const id of ids) told.delete(id);
    },
  };
}

/** Time passes only where somebody sleeps, and then at once. */
export function jumpingClock(): Clock {
  let now = Date.UTC(2026, 0, 31, 10, 20, 30);
  return {
    now: () => now,
    monotonic: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      now += ms;
      // Others get their turn, as they would while time passes.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
  };
}

/** Nothing is due by it: leases are not renewed while the other clock jumps. */
export function stillClock(): Clock {
  return {
    now: () => 0,
    monotonic: () => 0,
    sleep: (_ms, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true })),
  };
}

export function seededRandom(seed: number): Random {
  let state = seed * 2654435761 + 1;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0;
    return ((state ^ (state >>> 12)) >>> 0) / 2 ** 32;
  };
  const digits = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join("");
  return {
    next,
    token: (length) => digits("abcdefghijklmnopqrstuvwxyz0123456789", length),
    uuid: () => [8, 4, 4, 4, 12].map((length) => digits("0123456789abcdef", length)).join("-"),
  };
}
