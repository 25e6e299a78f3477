// What every provider must do, whatever the cloud: repetition, listing by mark, power, files, agents.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { NodeShell } from "#controller/ports/shell.ts";
import type { ProviderAnswer } from "#controller/providers/contract/failure.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { at, wish } from "./asks.ts";

export interface ProviderUnderTest extends AsyncDisposable {
  readonly provider: Provider;
  /** Gets at its nodes. */
  readonly shell: NodeShell;
  readonly placement: Placement;
  /** Reads a file of a node as a job of that node would see it; null when it is not there. */
  readOnNode(instance: Instance, path: string): Promise<string | null>;
  /** How often the agent of a node was started since the node exists. */
  agentStarts(instance: Instance): Promise<number>;
  /** Makes a node fail as it does in life (its machine dies). */
  breakNode(instance: Instance): Promise<void>;
}

/** Runs all promises of the contract against what `make` gives. */
export function providerSuite(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(name, () => {
    let under: ProviderUnderTest;
    const signal = AbortSignal.timeout(60_000);
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under[Symbol.asyncDispose]());

    const create = async (cid: string, nodeCount: number) =>
      valueOf(await under.provider.create(wish(cid, nodeCount, under.placement), signal));
    const list = async (cid: string | null) =>
      valueOf(await under.provider.list({ place: under.provider.everywhere, cid }, signal));
    const startAll = async (instances: readonly Instance[]) => {
      for (const answer of await Promise.all(instances.map((one) => under.shell.startAgent(one)))) valueOf(answer);
    };

    test("creating makes the asked number of nodes, numbered from the head", async () => {
      const made = await create("alpha-1", 3);

      expect(made.map((one) => one.nid)).toEqual(["n0", "n1", "n2"]);
      expect(new Set(made.map((one) => one.instanceId)).size).toBe(3);
      expect(made.every((one) => one.cid === "alpha-1" && one.internalIp !== "")).toBe(true);
    });

    test("creating twice with one id makes one set", async () => {
      const first = await create("alpha-1", 2);
      const [second, third] = await Promise.all([create("alpha-1", 2), create("alpha-1", 2)]);

      expect(second).toEqual(first);
      expect(third).toEqual(first);
      expect(await list("alpha-1")).toEqual(first);
    });

    test("listing finds every cluster by its mark and none that was not made", async () => {
      await Promise.all([create("alpha-1", 1), create("beta-2", 2)]);

      const all = await list(null);

      expect(all.map((one) => `${one.cid}/${one.nid}`).sort()).toEqual(["alpha-1/n0", "beta-2/n0", "beta-2/n1"]);
      expect(await list("gamma-3")).toEqual([]);
    });

    test("removing leaves nothing, and removing the gone is a success", async () => {
      await startAll(await create("alpha-1", 2));
      await create("beta-2", 1);

      valueOf(await under.provider.remove(at(under.provider, "alpha-1"), signal));
      valueOf(await under.provider.remove(at(under.provider, "alpha-1"), signal));

      expect((await list(null)).map((one) => one.cid)).toEqual(["beta-2"]);
    });

    test("an agent is started once however often that is asked, and the node then runs", async () => {
      const [head] = await create("alpha-1", 1);
      if (head === undefined) throw new Error("no head");
      valueOf(await under.shell.writeAgentFile(head, "node.json", "{}"));

      await Promise.all([1, 2, 3].map(() => startAll([head])));

      await eventually(async () => (await under.agentStarts(head)) > 0);
      expect(await under.agentStarts(head)).toBe(1);
      expect((await list("alpha-1"))[0]?.state).toBe("running");
    });

    test("files of the agent are private and replaced whole", async () => {
      const [head] = await create("alpha-1", 1);
      if (head === undefined) throw new Error("no head");

      valueOf(await under.shell.writeAgentFile(head, "secret", "one"));
      valueOf(await under.shell.writeAgentFile(head, "secret", "two"));

      expect(await under.readOnNode(head, `${under.shell.paths(head).agent}/secret`)).toBe("two");
    });

    test("placing files keeps trees, modes and links, and deletes nothing", async () => {
      const [head] = await create("alpha-1", 1);
      if (head === undefined) throw new Error("no head");
      const source = await mkdtemp(`${tmpdir()}/stix-place-`);
      await mkdir(`${source}/deep/er`, { recursive: true });
      await writeFile(`${source}/deep/er/file.txt`, "content");
      await symlink("deep/er/file.txt", `${source}/link`);
      const { home } = under.shell.paths(head);

      const place = async () =>
        valueOf(
          await under.shell.placeFiles(
            head,
            [
              { source, destination: "~/tree", ignores: ignoresNothing },
              { source: `${source}/deep/er/file.txt`, destination: "one/new.txt", ignores: ignoresNothing },
            ],
            signal,
          ),
        );
      await place();
      await rm(`${source}/deep`, { recursive: true });
      await writeFile(`${source}/later.txt`, "later");
      await rm(`${source}/link`);
      await mkdir(`${source}/deep/er`, { recursive: true });
      await writeFile(`${source}/deep/er/file.txt`, "second");
      await place();

      expect(await under.readOnNode(head, `${home}/tree/deep/er/file.txt`)).toBe("second");
      expect(await under.readOnNode(head, `${home}/tree/later.txt`)).toBe("later");
      expect(await under.readOnNode(head, `${home}/tree/link`)).toBe("second");
      expect(await under.readOnNode(head, `${home}/one/new.txt`)).toBe("second");
      await rm(source, { recursive: true });
    });

    test("placing a file or link where the node has a folder with files of its own is refused by name, and nothing is lost", async () => {
      const [head] = await create("alpha-1", 1);
      if (head === undefined) throw new Error("no head");
      const source = await mkdtemp(`${tmpdir()}/stix-place-`);
      const { home } = under.shell.paths(head);
      const place = () =>
        under.shell.placeFiles(head, [{ source, destination: "~/tree", ignores: ignoresNothing }], signal);
      await mkdir(`${source}/results`);
      await writeFile(`${source}/results/sent.txt`, "sent");
      valueOf(await place());
      await writeFile(`${home}/tree/results/made.txt`, "made by a job");

      await rm(`${source}/results`, { recursive: true });
      await symlink("/nowhere", `${source}/results`);
      const byLink = await place();
      await rm(`${source}/results`);
      await writeFile(`${source}/results`, "a file");
      const byFile = await place();

      for (const answer of [byLink, byFile])
        expect(answer).toMatchObject({
          ok: false,
          kind: "conflict",
          message: expect.stringContaining("'~/tree/results'"),
        });
      expect(await under.readOnNode(head, `${home}/tree/results/made.txt`)).toBe("made by a job");
      expect(await under.readOnNode(head, `${home}/tree/results/sent.txt`)).toBe("sent");
      await rm(`${home}/tree/results/made.txt`);
      valueOf(await place());
      expect(await under.readOnNode(head, `${home}/tree/results`)).toBe("a file");
      await rm(source, { recursive: true });
    });

    test("a broken node is listed as dead", async () => {
      const made = await create("alpha-1", 2);
      await startAll(made);
      const [, worker] = made;
      if (worker === undefined) throw new Error("no worker");

      await under.breakNode(worker);

      await eventually(async () => (await list("alpha-1"))[1]?.state === "dead");
      expect((await list("alpha-1"))[0]?.state).toBe("running");
    });

    test("stopping keeps the disk, starting brings the node back, both twice", async () => {
      const { power } = under.provider;
      const { shell } = under;
      if (power === null) return;
      const made = await create("alpha-1", 2);
      await startAll(made);
      const [head] = made;
      if (head === undefined) throw new Error("no head");
      valueOf(await shell.writeAgentFile(head, "kept", "still here"));

      valueOf(await power.stop(at(under.provider, "alpha-1"), signal));
      valueOf(await power.stop(at(under.provider, "alpha-1"), signal));
      const stopped = await list("alpha-1");
      valueOf(await power.start(at(under.provider, "alpha-1"), signal));
      valueOf(await power.start(at(under.provider, "alpha-1"), signal));
      await startAll(made);

      expect(stopped.map((one) => one.state)).toEqual(["stopped", "stopped"]);
      expect((await list("alpha-1")).map((one) => one.state)).toEqual(["running", "running"]);
      expect(await under.readOnNode(head, `${shell.paths(head).agent}/kept`)).toBe("still here");
    });

    test("what is for sale has a place and a size", async () => {
      const offers = valueOf(await under.provider.describe(under.provider.everywhere, signal));

      for (const offer of offers) {
        expect(offer.cloud).toBe(under.provider.cloud);
        expect(offer.cpus).toBeGreaterThan(0);
        expect(offer.memoryGib).toBeGreaterThan(0);
      }
    });
  });
}

const ignoresNothing = () => false;

export function valueOf<T>(answer: ProviderAnswer<T>): T {
  if (!answer.ok) throw new Error(`${answer.kind}: ${answer.message}`);
  return answer.value;
}

/** Looks until it is so; fails after ten seconds. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error("it did not become so within ten seconds");
    await Bun.sleep(5);
  }
}

/** Reads a local file, null when absent. */
export function readOrNull(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}
