// The loop against everything real: the built-in cloud, the hub, agents, the database.
import { all, at, wish } from "#test/contract/asks.ts";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { compose, type Composition } from "#controller/compose.ts";
import { bootstrapNodes } from "#controller/operations/bootstrap-node.ts";
import type { World } from "#controller/operations/operation.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { realClock, realRandom } from "#shared/clock.ts";
import { statePaths } from "#shared/paths.ts";
import { eventually, valueOf } from "#test/contract/helps.ts";

// Real processes on a busy machine.
setDefaultTimeout(30_000);

const placement: Placement = {
  cloud: "local",
  region: "local",
  zone: null,
  instanceType: "local",
  useSpot: false,
  cpus: 2,
  memoryGib: 4,
  accelerator: null,
  virtual: false,
  priceUsdPerHour: 0,
};

interface Bench extends AsyncDisposable {
  readonly folder: string;
  readonly world: World;
  readonly provider: Provider;
  readonly told: string[];
  up(cid: string, nodeCount?: number): Promise<void>;
  state(cid: string): Promise<string>;
}

async function bench(): Promise<Bench> {
  const folder = await mkdtemp(`${tmpdir()}/stix-loop-`);
  const told: string[] = [];
  const composition: Composition = await compose({
    env: { ...process.env, STIX_CLOCK_FILE: undefined },
    paths: statePaths({ STIX_HOME: folder }),
    clock: realClock(),
    random: realRandom(),
    tell: (event, facts) => void told.push(`${event} ${JSON.stringify(facts)}`),
  });
  const { world } = composition.service;
  const provider = await world.providers.load("local", "default");
  if (provider === null) throw new Error("no local provider");
  const signal = AbortSignal.timeout(60_000);
  return {
    folder,
    world,
    provider,
    told,
    async up(cid, nodeCount = 1) {
      await world.clusters.insert(aCluster(cid, nodeCount));
      const instances = valueOf(await provider.create(wish(cid, nodeCount, placement), signal));
      await bootstrapNodes({ world, cluster: { ...aCluster(cid, nodeCount), instances }, signal });
      await world.agents.waitForHead(cid, nodeCount, signal);
      await world.clusters.step(cid, {
        event: "well",
        reason: "test",
        at: Date.now(),
        change: { instances, everUp: true },
      });
    },
    async state(cid) {
      const record = await world.clusters.get(cid);
      return record === null || record.removedAt !== null ? "gone" : record.state;
    },
    async [Symbol.asyncDispose]() {
      for (const { cid } of valueOf(await provider.list(all(provider), signal))) {
        valueOf(await provider.remove(at(provider, cid), signal));
        await world.clusters.markRemoved(cid, Date.now(), "test", null);
      }
      await composition[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function aCluster(cid: string, nodeCount: number): ClusterRecord {
  return {
    cid,
    name: cid,
    state: "INIT",
    userHash: "00000000",
    userName: "ann",
    workspace: "default",
    nodeCount,
    placement,
    resources: {},
    instances: [],
    autostop: null,
    everUp: false,
    madeBy: "r",
    launchedAt: Date.now(),
    statusUpdatedAt: Date.now(),
    lastUse: "",
    lastCreationYaml: null,
    lastCreationCommand: null,
    configHash: null,
    headPaths: null,
    removedAt: null,
  };
}

async function killNode(made: Bench, cid: string, nid: string): Promise<void> {
  const { pid } = await Bun.file(`${made.folder}/local/${cid}/${nid}/supervisor.json`).json();
  process.kill(pid, "SIGKILL");
}

describe("loops/clusters", () => {
  test("a killed node is noticed, its cluster is INIT and not removed", async () => {
    await using made = await bench();
    await Promise.all([made.up("alpha-1"), made.up("beta-2")]);

    await killNode(made, "alpha-1", "n0");

    await eventually(async () => (await made.state("alpha-1")) === "INIT");
    expect(await made.state("beta-2")).toBe("UP");
    expect(valueOf(await made.provider.list(at(made.provider, "alpha-1"), AbortSignal.timeout(5_000)))).toHaveLength(1);
  }, 30_000);

  test("a cluster that stopped itself becomes STOPPED, one that went down is gone and its head is refused from then on", async () => {
    await using made = await bench();
    await Promise.all([made.up("alpha-1"), made.up("beta-2")]);

    for (const [cid, action] of [
      ["alpha-1", "stop"],
      ["beta-2", "down"],
    ] as const) {
      await writeFile(`${made.folder}/local/${cid}/n0/agent/autostop.json`, JSON.stringify({ action, at: 1 }));
      await killNode(made, cid, "n0");
    }

    await eventually(
      async () => (await made.state("alpha-1")) === "STOPPED" && (await made.state("beta-2")) === "gone",
    );
    expect(
      valueOf(await made.provider.list(all(made.provider), AbortSignal.timeout(5_000))).map((one) => one.cid),
    ).toEqual(["alpha-1"]);
    expect(
      await made.world.agents.call("beta-2", "ping", {}, { timeoutMs: 200 }).catch((error: unknown) => error),
    ).toMatchObject({ code: "agent-unreachable" });
  }, 30_000);

  test("machines of an ended row are removed, machines that nobody knows are left alone", async () => {
    await using made = await bench();
    const signal = AbortSignal.timeout(20_000);
    await made.world.clusters.insert(aCluster("ended-1", 1));
    await made.world.clusters.markRemoved("ended-1", Date.now(), "test", null);
    for (const cid of ["ended-1", "foreign-2"]) valueOf(await made.provider.create(wish(cid, 1, placement), signal));

    await using again = await reopen(made);
    await eventually(async () => again.told.some((line) => line.startsWith("machines-without-record")));

    await eventually(
      async () =>
        valueOf(await made.provider.list(all(made.provider), signal))
          .map((one) => one.cid)
          .join() === "foreign-2",
    );
  }, 30_000);
});

/** Another controller on the same state: its first tick reaps. */
async function reopen(made: Bench): Promise<AsyncDisposable & { told: string[] }> {
  const told: string[] = [];
  const composition = await compose({
    env: process.env,
    paths: statePaths({ STIX_HOME: made.folder }),
    clock: realClock(),
    random: realRandom(),
    tell: (event) => void told.push(event),
  });
  return { told, [Symbol.asyncDispose]: () => composition[Symbol.asyncDispose]() };
}
