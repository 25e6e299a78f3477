// From machines to an answering head: the built-in cloud, the real hub, the real agent.
import { at, plainAccount, wish } from "#test/contract/asks.ts";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { createParts, partSources } from "#controller/adapters/parts/locate-part.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import { createLocalShell } from "#controller/adapters/shell/local/local-shell.ts";
import { createNodeShell } from "#controller/adapters/shell/node-shell.ts";
import type { NodeShell } from "#controller/ports/shell.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { createLocalProvider } from "#controller/providers/local/provider.ts";
import { realClock } from "#shared/clock.ts";
import { hubBench, type HubBench } from "#test/contract/hub-harness.ts";
import { valueOf } from "#test/contract/helps.ts";
import { agentsFail, bootstrapNodes } from "./bootstrap-node.ts";

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
const call = { timeoutMs: 5_000 };

interface Bench extends AsyncDisposable {
  readonly hub: HubBench;
  readonly provider: Provider;
  readonly shell: NodeShell;
  up(cid: string, nodeCount: number): Promise<ClusterRecord>;
}

async function bench(): Promise<Bench> {
  const folder = await mkdtemp(`${tmpdir()}/stix-bootstrap-`);
  const hub = await hubBench();
  const parts = createParts(partSources(process.env, `${tmpdir()}/stix-test-parts`));
  const provider = createLocalProvider({
    env: process.env,
    localCloud: `${folder}/local`,
    account: plainAccount,
  });
  const shell = createNodeShell({
    folder: createLocalShell({ env: process.env, locateAgent: () => parts.locate("skylet") }),
  });
  const made = new Set<string>();
  return {
    hub,
    provider,
    shell,
    async up(cid, nodeCount) {
      made.add(cid);
      const signal = AbortSignal.timeout(20_000);
      const instances = valueOf(await provider.create(wish(cid, nodeCount, placement), signal));
      const cluster = aCluster({ cid, name: cid, nodeCount, instances });
      await bootstrapNodes({ world: { agents: hub.hub.agents, parts, shell }, cluster, signal });
      await hub.hub.agents.waitForHead(cid, nodeCount, signal);
      return cluster;
    },
    async [Symbol.asyncDispose]() {
      for (const cid of made) valueOf(await provider.remove(at(provider, cid), AbortSignal.timeout(20_000)));
      await hub[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function aCluster(more: Partial<ClusterRecord>): ClusterRecord {
  return {
    cid: "c",
    name: "c",
    state: "INIT",
    userHash: "00000000",
    userName: "ann",
    workspace: "default",
    nodeCount: 1,
    placement,
    resources: {},
    instances: [],
    autostop: null,
    everUp: false,
    madeBy: "r",
    launchedAt: 0,
    statusUpdatedAt: 0,
    lastUse: "",
    lastCreationYaml: null,
    lastCreationCommand: null,
    configHash: null,
    headPaths: null,
    removedAt: null,
    ...more,
  };
}

describe("operations/bootstrap-node", () => {
  test("one node comes up and answers, also when everything is done twice", async () => {
    await using made = await bench();
    const begun = performance.now();

    await made.up("solo-1", 1);
    const first = performance.now() - begun;
    await made.up("solo-1", 1);
    const state = await made.hub.hub.agents.call("solo-1", "state", {}, call);

    expect(state.nodes.map((node) => [node.nid, node.state])).toEqual([["n0", "UP"]]);
    // Well under a second on a quiet machine; the bound only notices a wait that should not be there.
    expect(first).toBeLessThan(5_000);
  }, 30_000);

  test("three nodes find each other over their own bus", async () => {
    await using made = await bench();

    await made.up("trio-1", 3);
    const state = await made.hub.hub.agents.call("trio-1", "state", {}, call);

    expect(state.nodes.map((node) => [node.nid, node.state])).toEqual([
      ["n0", "UP"],
      ["n1", "UP"],
      ["n2", "UP"],
    ]);
  }, 30_000);

  test("an agent that cannot start is quoted instead of waited for", async () => {
    await using made = await bench();
    const signal = AbortSignal.timeout(20_000);
    const cluster = await made.up("sick-1", 1);
    valueOf((await made.provider.power?.stop(at(made.provider, "sick-1"), signal)) ?? { ok: true, value: undefined });
    valueOf((await made.provider.power?.start(at(made.provider, "sick-1"), signal)) ?? { ok: true, value: undefined });
    const [head] = cluster.instances;
    if (head === undefined) throw new Error("no head");
    valueOf(await made.shell.writeAgentFile(head, "node.json", "{"));
    valueOf(await made.shell.startAgent(head));

    const failure = agentsFail({ world: { clock: realClock(), shell: made.shell }, cluster, signal });

    await expect(failure).rejects.toMatchObject({
      code: "setup-failed",
      message: expect.stringContaining("node.json"),
    });
  }, 30_000);

  test("a stopped cluster comes back as the same incarnation", async () => {
    await using made = await bench();
    const signal = AbortSignal.timeout(20_000);
    await made.up("nap-1", 1);
    const before = (await made.hub.records.find("nap-1"))?.incarnation;

    valueOf((await made.provider.power?.stop(at(made.provider, "nap-1"), signal)) ?? { ok: true, value: undefined });
    valueOf((await made.provider.power?.start(at(made.provider, "nap-1"), signal)) ?? { ok: true, value: undefined });
    await made.up("nap-1", 1);
    const after = (await made.hub.records.find("nap-1"))?.incarnation;

    expect(after?.inc).toBe(before?.inc ?? -1);
    expect(after?.run).toBeGreaterThan(before?.run ?? 0);
  }, 30_000);
});
