// What every shell must do, however nodes are reached: files, agents, repetition.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { NodeShell } from "#controller/ports/shell.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import { eventually, valueOf } from "./helps.ts";

export interface ShellUnderTest extends AsyncDisposable {
  readonly shell: NodeShell;
  /** Nodes of one new cluster that can be reached; no agent was started. */
  nodes(cid: string, nodeCount: number): Promise<readonly Instance[]>;
  /** Whether its agent runs, as its cloud sees it. */
  isRunning(instance: Instance): Promise<boolean>;
  /** Reads a file of a node as a job of that node would see it; null when it is not there. */
  readOnNode(instance: Instance, path: string): Promise<string | null>;
  /** How often the agent of a node was started since the node exists. */
  agentStarts(instance: Instance): Promise<number>;
}

/** Runs all promises of the port against what `make` gives. */
export function shellSuite(name: string, make: () => Promise<ShellUnderTest>): void {
  describe(name, () => {
    let under: ShellUnderTest;
    const signal = AbortSignal.timeout(60_000);
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under[Symbol.asyncDispose]());

    const create = (cid: string, nodeCount: number) => under.nodes(cid, nodeCount);
    const startAll = async (instances: readonly Instance[]) => {
      for (const answer of await Promise.all(instances.map((one) => under.shell.startAgent(one)))) valueOf(answer);
    };

    test("an agent is started once however often that is asked, and the node then runs", async () => {
      const [head] = await create("alpha-1", 1);
      if (head === undefined) throw new Error("no head");
      valueOf(await under.shell.writeAgentFile(head, "node.json", "{}"));

      await Promise.all([1, 2, 3].map(() => startAll([head])));

      await eventually(async () => (await under.agentStarts(head)) > 0);
      expect(await under.agentStarts(head)).toBe(1);
      expect(await under.isRunning(head)).toBe(true);
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
  });
}

const ignoresNothing = () => false;
