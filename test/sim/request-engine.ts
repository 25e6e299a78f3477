// Simulation of the engine of long calls: several servers on one database, each of which dies, stops or freezes at any step.
import { openDatabase } from "#controller/adapters/db/sqlite/database.ts";
import { createClusterStore } from "#controller/adapters/db/stores/cluster-store.ts";
import { createFencedStores } from "#controller/adapters/db/stores/fenced-stores.ts";
import { createLockStore } from "#controller/adapters/db/stores/lock-store.ts";
import { createRequestStore } from "#controller/adapters/db/stores/request-store.ts";
import { lockCluster } from "#controller/operations/cluster-lock.ts";
import type { Operation, OperationContext, World } from "#controller/operations/operation.ts";
import { Pause, waitsFor } from "#controller/operations/pause.ts";
import type { RequestLogs } from "#controller/ports/request-logs.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import { createRequestEngine, type RequestEngine } from "#controller/requests/engine.ts";
import type { Time } from "#shared/clock.ts";
import { isRequestTerminal } from "#shared/lifecycle/request.ts";
import { aRequest } from "../twins/twin-world.ts";
import { virtualRandom, virtualTime } from "./virtual-time.ts";
import { createWorld, type VirtualWorld } from "./virtual-world.ts";

export interface EngineRun {
  readonly wrong: readonly string[];
  readonly deaths: number;
  readonly freezes: number;
  readonly takeOvers: number;
  /** Operations that were refused a write, or told that they work in vain. */
  readonly givenUp: number;
  readonly succeeded: number;
}

const SERVERS = 3;
/** Nobody dies or freezes after that. */
const CALM_AFTER_MS = 80_000;
const END_MS = 1_800_000;
const STEP_MS = 1_000;
const clusters = ["one", "two"];

const quietLogs: RequestLogs = {
  pathOf: () => "",
  open: () => ({ line: () => undefined }),
  changed: async () => undefined,
  wake: () => undefined,
  remove: () => undefined,
};

/** Makes one look of it at a cluster an event: the trace by which the run is judged. */
async function mark({ world, request }: OperationContext, cluster: string): Promise<void> {
  await world.clusters.addEvent({
    cid: cluster,
    clusterName: cluster,
    at: world.clock.now(),
    type: "DEBUG",
    fromState: null,
    toState: null,
    reason: String(request.token),
    requestId: request.id,
  });
}

/** Works on a cluster alone, resting now and then; begun again from the beginning whenever it is gone on with. */
function workOn(chance: VirtualWorld): Operation {
  return {
    name: "work",
    canResume: true,
    async run(context) {
      const { cluster, rests } = context.request.body as { cluster: string; rests: number };
      await lockCluster(context, cluster);
      const steps = chance.pick(1, 4);
      for (let step = 0; step < steps; step += 1) {
        await mark(context, cluster);
        await context.world.clock.sleep(chance.pick(10, 9_000), context.signal);
      }
      if (waitsFor(context, "rest") < rests)
        throw new Pause({ on: "rest", until: context.world.clock.now() + chance.pick(0, 20_000), message: null });
      await mark(context, cluster);
      return context.request.id;
    },
  };
}

const follow: Operation = {
  name: "follow",
  canResume: true,
  async run(context) {
    const { id } = context.request.body as { id: string };
    const found = await context.world.requests.get(id);
    if (found === null || isRequestTerminal(found.state)) return id;
    throw new Pause({ on: `request:${id}`, until: null, message: null });
  },
};

interface Life {
  readonly engine: RequestEngine;
  isDead: boolean;
  frozenUntil: number;
  readonly givenUp: () => number;
}

/** Everything a server asks of the outside takes time; a dead one is never answered, a frozen one when it thaws. */
function begin(world: VirtualWorld, database: ReturnType<typeof openDatabase>): Life {
  const skew = world.pick(-3_000, 3_000);
  let givenUp = 0;
  const state = { isDead: false, frozenUntil: 0 };
  const time: Time = virtualTime(world, () => !state.isDead);
  const never = new Promise<never>(() => undefined);
  async function gate(): Promise<void> {
    if (state.isDead) return await never;
    await time.sleep(world.pick(0, 30));
    while (state.frozenUntil > world.now()) await time.sleep(state.frozenUntil - world.now());
  }
  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, key, receiver) {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value !== "function") return value;
        return async (...parameters: unknown[]) => {
          await gate();
          const answer: unknown = await value.apply(target, parameters);
          await gate();
          return answer;
        };
      },
    });
  const clock: Time = { ...time, now: () => world.now() + skew };
  const fenced = createFencedStores(database);
  const parts = {
    clock,
    random: virtualRandom(world),
    requests: wrap(createRequestStore(database)),
    locks: wrap(createLockStore(database)),
    clusters: wrap(createClusterStore(database)),
    fenced: (fence: Parameters<typeof fenced>[0]) => {
      const stores = fenced(fence);
      return { clusters: wrap(stores.clusters), locks: wrap(stores.locks) };
    },
  };
  const engine = createRequestEngine({
    // The operations here ask nothing else.
    world: parts as unknown as World,
    logs: quietLogs,
    operations: new Map([workOn(world), follow].map((operation) => [operation.name, operation])),
    tell: (event) => {
      if (event === "request-given-up") givenUp += 1;
    },
    pollMs: 8_000,
  });
  void engine.resume();
  return Object.assign(state, { engine, givenUp: () => givenUp });
}

/** One seed: requests come, servers come and go, and in the end everything is done once. */
export async function runEngine(seed: number): Promise<EngineRun> {
  const world = createWorld(seed);
  const database = openDatabase(":memory:");
  const store = createRequestStore(database);
  const lives: Life[] = [];
  const slots: (Life | null)[] = Array.from({ length: SERVERS }, () => null);
  let deaths = 0;
  let freezes = 0;
  const boot = (slot: number) => {
    const life = begin(world, database);
    slots[slot] = life;
    lives.push(life);
    if (world.now() < CALM_AFTER_MS) world.after(world.pick(1_000, 40_000), () => strike(slot, life));
  };
  const strike = (slot: number, life: Life) => {
    if (slots[slot] !== life || world.now() >= CALM_AFTER_MS) return;
    const draw = world.chance();
    if (draw < 0.4) {
      freezes += 1;
      life.frozenUntil = world.now() + world.pick(1_000, 60_000);
      world.after(world.pick(1_000, 60_000), () => strike(slot, life));
      return;
    }
    deaths += 1;
    slots[slot] = null;
    if (draw < 0.6) void life.engine.stop();
    else life.isDead = true;
    world.after(world.pick(100, 30_000), () => boot(slot));
  };
  for (let slot = 0; slot < SERVERS; slot += 1) world.after(world.pick(0, 5_000), () => boot(slot));

  const wanted = drawRequests(world);
  const someServer = () => slots[world.pick(0, SERVERS - 1)] ?? slots.find((life) => life !== null) ?? null;
  const cancelled = new Set<string>();
  const submit = async (request: RequestRecord): Promise<void> => {
    // A client asks until somebody has taken it; the id is its key.
    if ((await store.get(request.id)) !== null) return;
    someServer()
      ?.engine.submit(request)
      .catch(() => undefined);
    world.after(20_000, () => void submit(request));
  };
  for (const request of wanted) {
    world.after(world.pick(5_000, 60_000), () => void submit(request));
    if (world.chance() < 0.15)
      world.after(world.pick(10_000, 100_000), () => {
        cancelled.add(request.id);
        someServer()
          ?.engine.cancel([request.id])
          .catch(() => undefined);
      });
  }
  for (let until = STEP_MS; until <= END_MS; until += STEP_MS) {
    await world.run(until);
    // Writes that share a transaction are done at the end of a turn of the real loop.
    await new Promise((resolve) => setImmediate(resolve));
    if (
      until > CALM_AFTER_MS &&
      until % (5 * STEP_MS) === 0 &&
      (await Promise.all(wanted.map(({ id }) => store.get(id)))).every(isOver)
    )
      break;
  }
  const ended = await Promise.all(wanted.map(({ id }) => store.get(id)));
  const wrong = [...judgeRows(wanted, ended, cancelled), ...(await judgeEvents(database))];
  const result: EngineRun = {
    wrong,
    deaths,
    freezes,
    takeOvers: ended.filter((request) => (request?.runs ?? 0) > 1).length,
    givenUp: lives.reduce((sum, life) => sum + life.givenUp(), 0),
    succeeded: ended.filter((request) => request?.state === "SUCCEEDED").length,
  };
  database.close();
  return result;
}

function isOver(request: RequestRecord | null): boolean {
  return request !== null && isRequestTerminal(request.state);
}

function drawRequests(world: VirtualWorld): RequestRecord[] {
  const work = Array.from({ length: world.pick(2, 6) }, (_, index) => {
    const cluster = clusters[world.pick(0, 1)] ?? "one";
    return aRequest(`work-${index}`, "work", { cluster, cluster_name: cluster, rests: world.pick(0, 2) }, index);
  });
  const followed = work.filter(() => world.chance() < 0.3);
  return [...work, ...followed.map(({ id }, index) => aRequest(`follow-${index}`, "follow", { id }, 100 + index))];
}

function judgeRows(
  wanted: readonly RequestRecord[],
  ended: readonly (RequestRecord | null)[],
  cancelled: ReadonlySet<string>,
): string[] {
  return wanted.flatMap(({ id }, index) => {
    const request = ended[index] ?? null;
    if (request === null) return [`${id} was never taken`];
    if (!isRequestTerminal(request.state)) return [`${id} did not end: ${JSON.stringify(request)}`];
    if (request.state === "FAILED") return [`${id} failed: ${request.failure?.message ?? ""}`];
    if (request.state === "CANCELLED" && !cancelled.has(id)) return [`${id} was cancelled by nobody`];
    return [];
  });
}

/** Nothing is written under an old token, and nobody works on a cluster between two works of another. */
async function judgeEvents(database: ReturnType<typeof openDatabase>): Promise<string[]> {
  const wrong: string[] = [];
  for (const cluster of clusters) {
    const events = await createClusterStore(database).events(cluster, null, 10_000);
    const left = new Set<string>();
    const newest = new Map<string, number>();
    let current: string | null = null;
    for (const { requestId, reason } of events) {
      const id = requestId ?? "";
      const token = Number(reason);
      if (token < (newest.get(id) ?? 0)) wrong.push(`${id} wrote under ${token} after ${newest.get(id)}`);
      newest.set(id, token);
      if (left.has(id)) wrong.push(`${id} worked on ${cluster} while another had it`);
      if (current !== null && current !== id) left.add(current);
      current = id;
    }
  }
  return wrong;
}
