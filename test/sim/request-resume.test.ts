// Simulation: the server dies between any two steps of launches, starts, stops and downs, and the next one goes on. Whatever the
// moment: nothing is made twice, nothing is submitted twice, every request ends, no machine is left without a row.
import { expect, test } from "bun:test";
import { openDatabase } from "#controller/adapters/db/sqlite/database.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import type { ProviderFailure } from "#controller/providers/contract/failure.ts";
import { isRequestTerminal } from "#shared/lifecycle/request.ts";
import { twinAgents } from "../twins/twin-agents.ts";
import { twinCloud } from "../twins/twin-provider.ts";
import { aRequest, jumpingClock, seededRandom, twinWorld, type TwinWorld } from "../twins/twin-world.ts";

const SEEDS = Number(process.env["STIX_SIM_SEEDS"] ?? 500);
const FIRST_SEED = Number(process.env["STIX_SIM_FIRST"] ?? 1);

const capacity: ProviderFailure = {
  ok: false,
  kind: "capacity",
  reach: "offer",
  message: "sold out",
  hint: "try later",
};

interface Outcome {
  readonly requests: readonly RequestRecord[];
  readonly last: TwinWorld;
  readonly crashes: number;
  readonly doubleSubmits: number;
}

/** Every call outside counts as a step; at the drawn steps the process dies, before the deed or after it. */
async function simulate(seed: number): Promise<Outcome> {
  const chance = seededRandom(seed);
  const clock = jumpingClock();
  const database = openDatabase(":memory:");
  const cloud = twinCloud();
  const heads = twinAgents(cloud, () => clock.now());
  if (chance.next() < 0.15) cloud.refusals.push(capacity);
  const requests = drawRequests(() => chance.next(), clock.now());
  const crashAt = Array.from({ length: Math.floor(chance.next() * 4) }, () => 1 + Math.floor(chance.next() * 60));
  let crashes = 0;

  /** One life of the server. */
  async function live(deathStep: number | null): Promise<TwinWorld> {
    const life = { steps: 0, dead: false };
    const { promise: death, resolve: die } = Promise.withResolvers<void>();
    const never = new Promise<never>(() => undefined);
    const before = chance.next() < 0.5;
    const guard = <T extends object>(_name: string, port: T): T =>
      new Proxy(port, {
        get(target, key, receiver) {
          const value: unknown = Reflect.get(target, key, receiver);
          // Where things lie is no call to the outside, and answers at once.
          if (typeof value !== "function" || key === "paths") return value;
          return async (...parameters: unknown[]) => {
            if (life.dead) return await never;
            life.steps += 1;
            const isLast = deathStep !== null && life.steps >= deathStep;
            if (isLast && before) return await kill();
            const result: unknown = await value.apply(target, parameters);
            if (isLast) return await kill();
            return life.dead ? await never : result;
          };
        },
      });
    async function kill(): Promise<never> {
      life.dead = true;
      die();
      return await never;
    }
    const twin = twinWorld({
      database,
      cloud,
      heads,
      clock: life.dead ? clock : { ...clock, sleep: (ms, signal) => (life.dead ? never : clock.sleep(ms, signal)) },
      random: chance,
      wrap: guard,
    });
    const work = (async () => {
      await twin.worker.resume();
      for (const request of requests) {
        // A client asks once; whether it was heard is decided by the row.
        if (asked.has(request.id)) continue;
        asked.add(request.id);
        await twin.worker.submit(request);
      }
      for (const request of requests) await twin.worker.ended(request.id, new AbortController().signal);
    })();
    await Promise.race([death, work]);
    // A write that shares a transaction may be under way: it is on the disk when the next life begins, or never.
    await new Promise((resolve) => setImmediate(resolve));
    return twin;
  }

  const asked = new Set<string>();
  for (const step of crashAt) {
    await live(step);
    crashes += 1;
  }
  const last = await live(null);
  // The prefix is made of the request's time: two jobs with one are one request submitted twice.
  const submits = [...cloud.made.keys()].flatMap((cid) =>
    [...heads.head(cid).specs.values()].map((spec) => spec.taskIdPrefix),
  );
  const ended = await Promise.all(requests.map((request) => last.world.requests.get(request.id)));
  return {
    requests: ended.filter((request) => request !== null),
    last,
    crashes,
    doubleSubmits: submits.length - new Set(submits).size,
  };
}

function verbOf(draw: number): string {
  if (draw < 0.65) return "down";
  if (draw < 0.8) return "stop";
  return draw < 0.9 ? "start" : "exec";
}

function drawRequests(next: () => number, now: number): RequestRecord[] {
  const count = 1 + Math.floor(next() * 5);
  return Array.from({ length: count }, (_, index) => {
    const id = `${String(index).padStart(8, "0")}-0000-4000-8000-${Math.floor(next() * 2 ** 32)
      .toString(16)
      .padStart(12, "0")}`;
    const cluster_name = next() < 0.7 ? "one" : "two";
    const draw = next();
    const task = `num_nodes: ${1 + Math.floor(next() * 2)}\nrun: echo ${index}\n`;
    if (index === 0 || draw < 0.5) return aRequest(id, "launch", { cluster_name, task }, now + index);
    const name = verbOf(draw);
    return aRequest(
      id,
      name,
      name === "exec" ? { cluster_name, task: "run: echo x\n" } : { cluster_name },
      now + index,
    );
  });
}

async function judge({ requests, last, doubleSubmits }: Outcome): Promise<string[]> {
  const { world, cloud, heads } = last;
  const wrong: string[] = [];
  for (const request of requests)
    if (!isRequestTerminal(request.state)) wrong.push(`${request.name} ${request.id} did not end: ${request.state}`);
  for (const request of requests)
    if (request.failure?.code === "internal") wrong.push(`${request.name} broke: ${request.failure.message}`);
  for (const [cid, times] of cloud.made) {
    // What a failed attempt left is removed; the next one makes its own.
    const asked = (await world.clusters.attempts(cid)).length;
    if (times > asked) wrong.push(`${asked} attempts have made the machines of ${cid} ${times} times`);
  }
  if (doubleSubmits > 0) wrong.push(`${doubleSubmits} jobs were submitted twice`);
  const living = await world.clusters.list();
  for (const cid of cloud.machines.keys())
    if (!living.some((cluster) => cluster.cid === cid)) wrong.push(`machines of ${cid} have no row`);
  for (const cluster of living)
    if (cluster.state === "UP" && !cloud.machines.has(cluster.cid))
      wrong.push(`${cluster.name} is UP without machines`);
  const names = living.map((cluster) => cluster.name);
  if (new Set(names).size !== names.length) wrong.push(`a name is used twice: ${names.join(" ")}`);
  const jobs = new Set([...cloud.made.keys()].flatMap((cid) => [...heads.head(cid).idems.keys()]));
  for (const request of requests)
    if (request.name === "launch" && request.state === "SUCCEEDED" && !jobs.has(request.id))
      wrong.push(`launch ${request.id} succeeded without a job`);
  for (const cluster of [...living, ...(await world.clusters.listRemoved(0))]) {
    const open = (await world.clusters.intervals(cluster.cid)).filter((interval) => interval.endedAt === null).length;
    const mayCost = cluster.removedAt === null && cluster.state !== "STOPPED";
    if (open > (mayCost ? 1 : 0))
      wrong.push(`${cluster.name} goes on costing in state ${cluster.removedAt === null ? cluster.state : "removed"}`);
  }
  return wrong;
}

test(`${SEEDS} lives of servers that die at any step end well`, async () => {
  const failures: string[] = [];
  let crashes = 0;
  let succeeded = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    const outcome = await Promise.race([simulate(seed), Bun.sleep(10_000).then(() => null)]);
    if (outcome === null) {
      failures.push(`seed ${seed}: hangs`);
      continue;
    }
    crashes += outcome.crashes;
    succeeded += outcome.requests.filter((request) => request.state === "SUCCEEDED").length;
    for (const wrong of await judge(outcome)) failures.push(`seed ${seed}: ${wrong}`);
    if (failures.length > 10) break;
  }

  expect(failures).toEqual([]);
  // The simulation must have simulated something.
  expect(crashes).toBeGreaterThan(SEEDS / 2);
  expect(succeeded).toBeGreaterThan(SEEDS / 2);
}, 400_000);
