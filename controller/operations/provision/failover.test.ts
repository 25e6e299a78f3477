// Failover against twins of two clouds: what is left behind, what is told, and what happens to a cluster whose removal broke off.
import { describe, expect, test } from "bun:test";
import { reapMachines } from "#controller/loops/reap.ts";
import type { ProviderFailure } from "#controller/providers/contract/failure.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { twinCloud, type TwinCloud } from "#test/twins/twin-provider.ts";
import { twinWorld, type TwinWorld } from "#test/twins/twin-world.ts";

const launchBody = { cluster_name: "c", task: "name: t\nrun: echo hi\n", entrypoint_command: "stix launch -c c" };

function refusal(kind: ProviderFailure["kind"], message: string): ProviderFailure {
  return { ok: false, kind, reach: "cloud", message, hint: "try again" };
}

interface Bench {
  readonly twin: TwinWorld;
  readonly alpha: TwinCloud;
  readonly beta: TwinCloud;
  /** While above 0, alpha removes nothing and counts down. */
  readonly stuck: { tries: number };
  readonly reap: () => Promise<void>;
  readonly states: (cid: string) => Promise<readonly string[]>;
}

/** Two clouds of which alpha is the cheaper one. */
function bench(): Bench {
  const alpha = twinCloud("alpha", { priceUsdPerHour: 1 });
  const beta = twinCloud("beta", { priceUsdPerHour: 2, agents: alpha.agents });
  const stuck = { tries: 0 };
  const remove: Provider["remove"] = async (doomed, signal) => {
    if (stuck.tries <= 0) return await alpha.provider.remove(doomed, signal);
    stuck.tries -= 1;
    return refusal("transient", "not now");
  };
  const twin = twinWorld({ cloud: { ...alpha, provider: { ...alpha.provider, remove } }, moreClouds: [beta] });
  return {
    twin,
    alpha,
    beta,
    stuck,
    reap: () => reapMachines({ world: twin.world, tell: () => undefined }, new AbortController().signal),
    states: async (cid) => (await twin.world.clusters.attempts(cid)).map((attempt) => attempt.state),
  };
}

async function cidOf({ world }: TwinWorld): Promise<string> {
  return (await world.clusters.findByName("c"))?.cid ?? "";
}

describe("operations/provision", () => {
  test("a removal that is not confirmed is left to the reaper, the launch goes on elsewhere and says so", async () => {
    const { twin, alpha, beta, stuck, reap, states } = bench();
    alpha.lies.push(refusal("unknown", "no answer in time"));
    stuck.tries = 7;

    const ended = await twin.ask("launch", launchBody);

    const cid = await cidOf(twin);
    expect(ended.state).toBe("SUCCEEDED");
    expect(twin.told.get(ended.id)).toContain("What was made on alpha (here) cannot be removed yet: not now.");
    expect([alpha.machines.size, beta.machines.size]).toEqual([1, 1]);
    expect(await states(cid)).toEqual(["removing", "adopted"]);

    await twin.world.clock.sleep(61_000);
    await reap();

    expect([alpha.machines.size, beta.machines.size]).toEqual([0, 1]);
    expect(await states(cid)).toEqual(["removed", "adopted"]);
    expect(await twin.world.clusters.findByName("c")).toMatchObject({ state: "UP", placement: { cloud: "beta" } });
  });

  test("machines that appear after they were proven gone are removed, those of the cluster stay", async () => {
    const { twin, alpha, beta, reap } = bench();
    alpha.lies.push(refusal("transient", "no answer in time"));
    await twin.ask("launch", launchBody);
    const cid = await cidOf(twin);
    const [machine] = beta.machines.get(cid) ?? [];
    if (machine === undefined) throw new Error("no machine");
    alpha.machines.set(cid, [{ ...machine, attempt: (await twin.world.clusters.attempts(cid))[0]?.id ?? "" }]);

    await reap();

    expect([alpha.machines.size, beta.machines.size]).toEqual([0, 1]);
  });

  test("when no place gives machines, every answer is in a table", async () => {
    const { twin, alpha, beta, states } = bench();
    alpha.refusals.push(refusal("capacity", "sold out"));
    beta.refusals.push(refusal("quota", "you may have none"));

    const ended = await twin.ask("launch", launchBody);

    expect(ended.failure?.message).toBe("cannot create cluster 'c' on beta (here): you may have none");
    expect(twin.told.get(ended.id)).toContain(
      [
        "No place could give the machines:",
        "  PLACE         MACHINE  KIND      ANSWER",
        "  alpha (here)  machine  capacity  sold out",
        "  beta (here)   machine  quota     you may have none",
        "",
      ].join("\n"),
    );
    const [gone] = await twin.world.clusters.listRemoved(0);
    expect(await states(gone?.cid ?? "")).toEqual(["removed", "removed"]);
  });

  test("a cloud that asks for a pause is asked again after it", async () => {
    const { twin, alpha, beta } = bench();
    alpha.refusals.push({ ...refusal("rate-limited", "too many calls"), retryAfterMs: 20_000 });
    const begun = twin.world.clock.now();

    await twin.ask("launch", launchBody);

    expect([alpha.machines.size, beta.machines.size]).toEqual([1, 0]);
    expect(twin.world.clock.now() - begun).toBeGreaterThanOrEqual(20_000);
  });

  test("a down that broke off goes on without anybody: nothing can be started on what is left", async () => {
    const { twin, alpha, stuck, reap, states } = bench();
    await twin.ask("launch", launchBody);
    const cid = await cidOf(twin);
    stuck.tries = 1;

    expect((await twin.ask("down", { cluster_name: "c" })).failure?.message).toContain("not now");

    expect((await twin.ask("start", { cluster_name: "c" })).failure).toMatchObject({
      code: "cluster-not-up",
      hint: "stix down c, then launch it again",
    });
    await twin.world.clock.sleep(61_000);
    await reap();
    expect(alpha.machines.size).toBe(0);
    expect(await states(cid)).toEqual(["removed"]);
  });

  test("a launch on a cluster whose down broke off finishes that, and makes a new one", async () => {
    const { twin, alpha, stuck, states } = bench();
    await twin.ask("launch", launchBody);
    const before = await cidOf(twin);
    stuck.tries = 1;
    await twin.ask("down", { cluster_name: "c" });

    const ended = await twin.ask("launch", launchBody);

    expect(ended.state).toBe("SUCCEEDED");
    expect(twin.told.get(ended.id)).toContain("Cluster 'c' was being taken down; finishing that first.");
    const after = await cidOf(twin);
    expect(after).not.toBe(before);
    expect([...alpha.machines.keys()]).toEqual([after]);
    expect([await states(before), await states(after)]).toEqual([["removed"], ["adopted"]]);
  });

  test("a purged cluster's name is free, and the ledger outlives it until its machines are gone", async () => {
    const { twin, alpha, stuck, reap, states } = bench();
    await twin.ask("launch", launchBody);
    const cid = await cidOf(twin);
    stuck.tries = 1;

    await twin.ask("down", { cluster_name: "c", purge: true });

    expect(await twin.world.clusters.list()).toEqual([]);
    expect([alpha.machines.size, await states(cid)]).toEqual([1, ["removing"]]);
    await twin.world.clock.sleep(61_000);
    await reap();
    expect([alpha.machines.size, await states(cid)]).toEqual([0, ["removed"]]);
  });

  test("machines that a new database takes back stand in its ledger: the reaper leaves them, down takes them", async () => {
    const cloud = twinCloud();
    const before = twinWorld({ cloud });
    await before.ask("launch", launchBody);
    const cid = await cidOf(before);
    const after = twinWorld({ cloud, heads: before.heads });

    expect((await after.ask("doctor.adopt", { cids: null, name: null })).state).toBe("SUCCEEDED");
    await reapMachines({ world: after.world, tell: () => undefined }, new AbortController().signal);

    const known = await after.world.clusters.attempts(cid);
    expect(known).toMatchObject([{ id: cloud.machines.get(cid)?.[0]?.attempt ?? "", state: "adopted" }]);
    expect((await after.ask("down", { cluster_name: "c" })).state).toBe("SUCCEEDED");
    expect(cloud.machines.size).toBe(0);
    expect((await after.world.clusters.attempts(cid)).map((attempt) => attempt.state)).toEqual(["removed"]);
  });
});
