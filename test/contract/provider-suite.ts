// What every provider must do, whatever the cloud. Which capabilities are tested follows from the manifest; a claim without a test
// fails, and so does a capability that is there without a claim.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { capabilityNames, type CapabilityName, type CloudFacts } from "#shared/cloud-facts.ts";
import type { FailureKind, FailureReach } from "#controller/providers/contract/failure.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { all, at, wish } from "./asks.ts";
import { eventually, valueOf } from "./helps.ts";

/** A way in which `create` fails as the cloud would make it fail. */
export interface PlantedFailure {
  readonly what: string;
  readonly kind: FailureKind;
  readonly reach: FailureReach;
  /** From now on `create` fails so; answers what makes it well again. */
  readonly plant: () => Promise<() => Promise<void>>;
}

export interface ProviderUnderTest extends AsyncDisposable {
  readonly provider: Provider;
  /** The same account, as another server of the installation sees it. */
  readonly other: Provider;
  readonly placement: Placement;
  readonly failures: readonly PlantedFailure[];
  /** Does what makes new nodes run; where they do by themselves, nothing. */
  run(instances: readonly Instance[]): Promise<void>;
  /** Makes a node fail as it does in life (its machine dies). */
  breakNode(instance: Instance): Promise<void>;
}

const KEYS = /secret|password|BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}/i;

/** Runs all promises of the contract against what `make` gives. */
export function providerSuite(
  name: string,
  { id, features }: Pick<CloudFacts, "id" | "features">,
  make: () => Promise<ProviderUnderTest>,
): void {
  describe(name, () => {
    let under: ProviderUnderTest;
    const signal = AbortSignal.timeout(60_000);
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under[Symbol.asyncDispose]());

    const create = async (cid: string, nodeCount: number, attempt?: string) =>
      valueOf(await under.provider.create(wish(cid, nodeCount, under.placement, attempt), signal));
    const list = async (cid: string | null) =>
      valueOf(await under.provider.list({ place: under.provider.everywhere, cid }, signal));
    const remove = async (cid: string, attempt: string | null = null) =>
      valueOf(await under.provider.remove(at(under.provider, cid, attempt), signal));

    test("its name is its manifest's, and `everywhere` names no region", () => {
      expect(under.provider.cloud).toBe(id);
      expect(under.provider.everywhere).toMatchObject({ cloud: id, region: null, zone: null });
    });

    test("it has the capabilities that its manifest claims, and no other", () => {
      const there = capabilityNames.filter((each) => under.provider[each] !== null);

      expect(there).toEqual(capabilityNames.filter((each) => features.includes(each)));
    });

    test("what is for sale has a place and a size, and who we are can be asked", async () => {
      valueOf(await under.provider.check(under.provider.everywhere, signal));

      for (const offer of valueOf(await under.provider.describe(under.provider.everywhere, signal))) {
        expect(offer.cloud).toBe(id);
        expect(offer.cpus).toBeGreaterThan(0);
        expect(offer.memoryGib).toBeGreaterThan(0);
      }
    });

    test("creating makes the asked number of nodes, numbered from the head, each with its marks and where it stands", async () => {
      const made = await create("alpha-1", 3);

      expect(made.map((one) => one.nid)).toEqual(["n0", "n1", "n2"]);
      expect(new Set(made.map((one) => one.instanceId)).size).toBe(3);
      for (const one of made)
        expect(one).toMatchObject({ cid: "alpha-1", attempt: "alpha-1-1", region: under.placement.region });
    });

    test("nodes that run tell how they are reached", async () => {
      await under.run(await create("alpha-1", 2));

      await eventually(async () => (await list("alpha-1")).every(({ state }) => state === "running"));
      for (const one of await list("alpha-1")) expect(one.reach?.kind).toMatch(/^(folder|ssh|kubectl|cloud-init)$/);
    });

    test("creating again with the same marks, also at once and from another server, makes one set", async () => {
      const first = await create("alpha-1", 2);
      const again = await Promise.all([
        under.provider.create(wish("alpha-1", 2, under.placement), signal),
        under.other.create(wish("alpha-1", 2, under.placement), signal),
      ]);

      for (const answer of again) expect(valueOf(answer)).toEqual(first);
      expect(await list("alpha-1")).toEqual(first);
    });

    test("another attempt gets machines of its own or is refused as a conflict; those of the first stay", async () => {
      const first = await create("alpha-1", 2, "alpha-1-1");

      const second = await under.provider.create(wish("alpha-1", 2, under.placement, "alpha-1-2"), signal);

      if (!second.ok) expect(second.kind).toBe("conflict");
      const left = await list("alpha-1");
      expect(left.filter(({ attempt }) => attempt === "alpha-1-1")).toEqual([...first]);
      expect(left.filter(({ attempt }) => attempt === "alpha-1-2")).toHaveLength(second.ok ? 2 : 0);
    });

    test("removing one attempt leaves the others, and makes room for the next", async () => {
      await create("alpha-1", 2, "alpha-1-1");

      await remove("alpha-1", "alpha-1-9");
      expect(await list("alpha-1")).toHaveLength(2);
      await remove("alpha-1", "alpha-1-1");
      expect(await list("alpha-1")).toEqual([]);

      expect((await create("alpha-1", 1, "alpha-1-2")).map(({ attempt }) => attempt)).toEqual(["alpha-1-2"]);
    });

    test("listing finds every cluster by its mark, here and everywhere, and none that was not made", async () => {
      await Promise.all([create("alpha-1", 1), create("beta-2", 2)]);
      const { cloud, region } = under.placement;
      const here = { place: { cloud, region, zone: null, workspace: "default" }, cid: "beta-2" };

      expect((await list(null)).map((one) => `${one.cid}/${one.nid}`).toSorted()).toEqual([
        "alpha-1/n0",
        "beta-2/n0",
        "beta-2/n1",
      ]);
      expect(valueOf(await under.provider.list(here, signal))).toHaveLength(2);
      expect(valueOf(await under.other.list(all(under.other), signal))).toHaveLength(3);
      expect(await list("gamma-3")).toEqual([]);
    });

    test("removing leaves nothing, and removing the gone is a success", async () => {
      await under.run(await create("alpha-1", 2));
      await create("beta-2", 1);

      await remove("alpha-1");
      await remove("alpha-1");

      expect((await list(null)).map((one) => one.cid)).toEqual(["beta-2"]);
    });

    test("a broken node is listed as dead", async () => {
      const made = await create("alpha-1", 2);
      await under.run(made);
      const [, worker] = made;
      if (worker === undefined) throw new Error("no worker");

      await under.breakNode(worker);

      await eventually(async () => (await list("alpha-1"))[1]?.state === "dead");
      expect((await list("alpha-1"))[0]?.state).toBe("running");
    });

    test("a call that was given up before it began rejects with the reason, and makes nothing", async () => {
      const givenUp = AbortSignal.abort(new Error("given up"));

      expect(
        await under.provider.create(wish("alpha-1", 2, under.placement), givenUp).catch((error: unknown) => error),
      ).toEqual(new Error("given up"));
      expect(await list(null)).toEqual([]);
    });

    test("what a creation that was given up on its way has left is marked, completed by the same attempt, and removed", async () => {
      for (const turns of [0, 1, 3, 8]) {
        const stop = new AbortController();
        const creating = under.provider.create(wish("alpha-1", 3, under.placement), stop.signal);
        for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        stop.abort(new Error("given up"));
        const outcome = await creating.catch((error: unknown) => error);

        if (outcome instanceof Error) expect(outcome.message).toBe("given up");
        for (const { attempt } of await list("alpha-1")) expect(["alpha-1-1", null]).toContain(attempt);
        expect(await create("alpha-1", 3)).toHaveLength(3);
        await remove("alpha-1", "alpha-1-1");
        expect(await list(null)).toEqual([]);
      }
    });

    test("each planted failure is told by kind and reach, in a line, with a cure and without secrets; what it leaves goes with its attempt", async () => {
      expect(under.failures.length, "none is planted").toBeGreaterThan(0);
      for (const { what, kind, reach, plant } of under.failures) {
        const mend = await plant();
        const answer = await under.provider.create(wish("alpha-1", 2, under.placement), signal);
        await mend();

        expect(answer, what).toMatchObject({ ok: false, kind, reach });
        if (answer.ok) continue;
        expect(answer.message, what).toMatch(/^[^\n]+$/);
        expect(answer.hint, what).toMatch(/\S/);
        expect(`${answer.message} ${answer.hint}`, what).not.toMatch(KEYS);
        await remove("alpha-1", "alpha-1-1");
        expect(await list("alpha-1"), what).toEqual([]);
        expect(await create("alpha-1", 2), what).toHaveLength(2);
        await remove("alpha-1");
      }
    });

    const tested: Partial<Readonly<Record<CapabilityName, () => void>>> = { power: powerTests };
    for (const feature of features) (tested[feature] ?? (() => unproven(feature)))();

    function powerTests(): void {
      test("power: stopping keeps the machines, starting brings them back, both twice", async () => {
        const { power } = under.provider;
        if (power === null) throw new Error("it has no power");
        const made = await create("alpha-1", 2);
        await under.run(made);
        const cluster = at(under.provider, "alpha-1");

        valueOf(await power.stop(cluster, signal));
        valueOf(await power.stop(cluster, signal));
        const stopped = await list("alpha-1");
        valueOf(await power.start(cluster, signal));
        valueOf(await power.start(cluster, signal));
        await under.run(made);

        expect(stopped.map((one) => one.state)).toEqual(["stopped", "stopped"]);
        await eventually(async () => (await list("alpha-1")).every(({ state }) => state === "running"));
        expect((await list("alpha-1")).map((one) => one.instanceId)).toEqual(made.map((one) => one.instanceId));
      });
    }

    function unproven(feature: CapabilityName): void {
      test(`${feature} is claimed, and proved`, () => {
        throw new Error(`this suite has no test of '${feature}' yet: write it here before a manifest claims it`);
      });
    }
  });
}
