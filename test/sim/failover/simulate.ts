// Two servers on one database, two wild clouds, and launches and downs that ask for machines. Either server may die, or stand still
// and come back, between any two of its calls. When all is over and the clouds are well again, what remains is judged.
import { isUnproven } from "#controller/core/failover/removal.ts";
import type { RequestRecord } from "#controller/ports/requests.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import { isRequestTerminal } from "#shared/lifecycle/request.ts";
import { memoryStores, type MemoryStores } from "../../twins/memory-stores.ts";
import { twinAgents } from "../../twins/twin-agents.ts";
import { twinCloud, type TwinCloud } from "../../twins/twin-provider.ts";
import { aRequest, seededRandom } from "../../twins/twin-world.ts";
import { judge } from "./judge.ts";
import { startServer, tickLoops, type Server } from "./server.ts";
import { virtualTime } from "./virtual-time.ts";
import { calm, wildCloud, type Weather, type WildCloud } from "./wild-cloud.ts";

const START = Date.UTC(2026, 0, 31, 10, 20, 30);
/** Machines, names and requests are all settled by then, or hang. */
const LONGEST_MS = 2 * 3600_000;
/** Enough for the reaper's longest pause, several times. */
const QUIET_TICKS = 6;
const QUIET_TICK_MS = 65_000;

export interface SimOutcome {
  readonly broken: readonly string[];
  readonly deaths: number;
  readonly freezes: number;
  readonly attempts: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly late: number;
  /** Launches that went on while the removal of what a failed attempt left was not confirmed. */
  readonly unproven: number;
}

export async function simulateFailover(seed: number, stores: MemoryStores = memoryStores()): Promise<SimOutcome> {
  const random = seededRandom(seed);
  const chance = () => random.next();
  const time = virtualTime(START);
  const { clusters: store, requests: requestStore } = stores;
  const broken: string[] = [];
  let unproven = 0;
  const agents = new Set<string>();
  /** The machine whose agent runs as a node. */
  const running = new Map<string, string>();

  function onGone({ cid, nid, instanceId }: Instance): void {
    if (running.get(`${cid}/${nid}`) !== instanceId) return;
    running.delete(`${cid}/${nid}`);
    agents.delete(`${cid}/${nid}`);
  }

  /** Written before the cloud is asked, and nothing of another attempt unsettled. */
  async function onCreate({ cid, attempt }: { readonly cid: string; readonly attempt: string }): Promise<void> {
    const rows = await store.attempts(cid);
    const own = rows.find((each) => each.id === attempt);
    if (own === undefined) broken.push(`${attempt} was asked for and is not in the ledger`);
    if (own?.state === "intended") broken.push(`${attempt} was asked for before its row said so`);
    unproven += rows.filter((other) => other.id !== attempt && isUnproven(other)).length;
    for (const other of rows)
      if (rows.indexOf(other) < rows.indexOf(own ?? other) && other.state !== "removed" && !isUnproven(other))
        broken.push(`${attempt} was asked for while ${other.id} was ${other.state}`);
  }

  const clouds: readonly WildCloud[] = [
    wildCloud({ cloud: "alpha", priceUsdPerHour: 1, time, chance, onGone, onCreate }),
    wildCloud({ cloud: "beta", priceUsdPerHour: 2, time, chance, onGone, onCreate }),
  ];
  for (const cloud of clouds) cloud.weather = drawWeather(chance);
  const [alpha, ...more] = clouds.map((wild) => asTwin(wild, agents, running));
  if (alpha === undefined) throw new Error("no clouds");
  const heads = twinAgents(alpha, () => time.now());
  const requests = drawRequests(chance, seed, time.now());
  for (const request of requests) time.after(request.createdAt - START, () => void requestStore.insert(request));

  const isCancelled = chance() < 0.15;
  if (isCancelled) time.after(Math.floor(chance() * 90_000), () => void requestStore.askCancel(requests[0]?.id ?? ""));
  let faultsLeft = Math.floor(chance() * 5);
  let deaths = 0;
  let freezes = 0;
  const servers: Server[] = [];
  function begin(): void {
    const server = startServer({
      stores,
      cloud: alpha ?? twinCloud(),
      moreClouds: more,
      heads,
      time,
      random,
      fault: () => {
        if (faultsLeft <= 0) return null;
        faultsLeft -= 1;
        return {
          atStep: 1 + Math.floor(chance() * 120),
          before: chance() < 0.5,
          frozenMs: chance() < 0.4 ? Math.floor(chance() * 180_000) : null,
        };
      },
      onDeath() {
        deaths += 1;
        servers.splice(servers.indexOf(server), 1);
        time.after(Math.floor(chance() * 60_000), begin);
      },
      onFreeze: () => void (freezes += 1),
    });
    servers.push(server);
  }
  begin();
  begin();

  const ended = new Set<string>();
  const look = time.every(5_000, () => {
    for (const { id } of requests)
      void requestStore.get(id).then((row) => (row !== null && isRequestTerminal(row.state) ? ended.add(id) : null));
  });
  // Bad clouds get well: what is never well again can only be given up by people.
  time.after(Math.floor(chance() * 6 * 60_000), () => {
    for (const cloud of clouds) cloud.weather = calm;
  });
  await time.run(() => ended.size === requests.length, START + LONGEST_MS);
  look();
  faultsLeft = 0;
  await during(Promise.all(servers.map((server) => server.stop())));
  for (const cloud of clouds) cloud.weather = calm;
  await settle();

  /** The loops of a server that lives through it all. */
  async function settle(): Promise<void> {
    const last = startServer({
      stores,
      cloud: alpha ?? twinCloud(),
      moreClouds: more,
      heads,
      time,
      random,
      fault: () => null,
      onDeath: () => undefined,
      onFreeze: () => undefined,
    });
    for (let tick = 0; tick < QUIET_TICKS; tick += 1) {
      await during(tickLoops(last));
      await time.run(() => false, time.now() + QUIET_TICK_MS);
    }
    await during(last.stop());
  }

  /** Time passes until that has ended. */
  async function during(work: Promise<unknown>): Promise<void> {
    let isDone = false;
    void work.finally(() => (isDone = true));
    await time.run(() => isDone, time.now() + LONGEST_MS);
    if (!isDone) broken.push("the end of a server hangs");
  }

  const rows = await Promise.all(requests.map(({ id }) => requestStore.get(id)));
  const found = rows.filter((row): row is RequestRecord => row !== null);
  const verdict = await judge({ requests: found, store, clouds, heads, isCancelled });
  return {
    broken: [...broken, ...verdict.broken],
    deaths,
    freezes,
    attempts: verdict.attempts,
    succeeded: found.filter((row) => row.state === "SUCCEEDED").length,
    failed: found.filter((row) => row.state === "FAILED").length,
    unproven,
    late: clouds.reduce((sum, cloud) => sum + cloud.lateCount, 0),
  };
}

function drawWeather(chance: () => number): Weather {
  const often = (likely: number, value: () => number) => (chance() < likely ? value() : 0);
  return {
    refuse: often(0.6, () => chance() * 0.7),
    partial: often(0.4, () => chance() * 0.5),
    lie: often(0.5, () => chance() * 0.6),
    late: often(0.4, () => chance() * 0.5),
    lateMs: Math.floor(chance() * 120_000),
    listFails: often(0.4, () => chance() * 0.6),
    listLagMs: often(0.5, () => Math.floor(chance() * 40_000)),
    removeFails: often(0.5, () => chance()),
    removeBlocked: often(0.15, () => 1),
  };
}

function asTwin(wild: WildCloud, agents: Set<string>, running: Map<string, string>): TwinCloud {
  const twin = twinCloud(wild.provider.cloud, { agents });
  return {
    ...twin,
    provider: wild.provider,
    shell: {
      ...twin.shell,
      startAgent(instance) {
        running.set(`${instance.cid}/${instance.nid}`, instance.instanceId);
        return twin.shell.startAgent(instance);
      },
    },
  };
}

function drawRequests(chance: () => number, seed: number, now: number): RequestRecord[] {
  return Array.from({ length: 1 + Math.floor(chance() * 3) }, (_, index) => {
    const id = `${String(seed).padStart(8, "0")}-0000-4000-8000-${String(index).padStart(12, "0")}`;
    const cluster_name = chance() < 0.75 ? "one" : "two";
    const at = now + index + Math.floor(chance() * (index === 0 ? 1 : 120_000));
    if (index > 0 && chance() < 0.35) return aRequest(id, "down", { cluster_name }, at);
    const task = `num_nodes: ${1 + Math.floor(chance() * 3)}\nrun: echo ${index}\n`;
    return aRequest(id, "launch", { cluster_name, task, quiet_optimizer: true, retry_until_up: chance() < 0.3 }, at);
  });
}
