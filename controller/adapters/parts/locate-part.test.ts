// Where parts are found, and that many may look at once.
import { describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { createParts, locatePart, type PartSources } from "./locate-part.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(`${tmpdir()}/stix-parts-`);
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sourcesIn(folder: string, more: Partial<PartSources> = {}): PartSources {
  return {
    env: {},
    folder: `${folder}/parts`,
    executable: `${folder}/bin/stix`,
    embedded: null,
    sourceTree: null,
    ...more,
  };
}

describe("adapters/parts/locate-part", () => {
  test("ten searches at once leave one whole executable and no drafts", () =>
    inFolder(async (folder) => {
      await mkdir(`${folder}/embedded`);
      const script = `#!/bin/sh\necho hello\n${"#".repeat(3_000_000)}\n`;
      await writeFile(`${folder}/embedded/nats-server.zst`, Bun.zstdCompressSync(Buffer.from(script)));
      const sources = sourcesIn(folder, { embedded: `${folder}/embedded` });

      const paths = await Promise.all(Array.from({ length: 10 }, () => locatePart("nats-server", sources)));

      expect(new Set(paths).size).toBe(1);
      expect(await readdir(`${folder}/parts`)).toHaveLength(1);
      expect(await readFile(paths[0] ?? "", "utf8")).toBe(script);
      expect(((await stat(paths[0] ?? "")).mode & 0o777).toString(8)).toBe("755");
    }));

  test("the environment wins and a wrong name is one clear error", () =>
    inFolder(async (folder) => {
      await writeFile(`${folder}/mine`, "#!/bin/sh\n", { mode: 0o755 });

      const path = await locatePart("skylet", sourcesIn(folder, { env: { STIX_SKYLET: `${folder}/mine` } }));
      const failure = locatePart("skylet", sourcesIn(folder, { env: { STIX_SKYLET: `${folder}/absent` } }));

      expect(path).toBe(`${folder}/mine`);
      await expect(failure).rejects.toMatchObject({
        code: "part-missing",
        message: `STIX_SKYLET names '${folder}/absent', which cannot be executed`,
      });
    }));

  test("nothing anywhere says what to do", () =>
    inFolder(async (folder) => {
      const failure = locatePart("nats-server", sourcesIn(folder));

      await expect(failure).rejects.toMatchObject({
        code: "part-missing",
        hint: expect.stringContaining("STIX_NATS_SERVER"),
      });
    }));

  test("the source tree gives a wrapper that runs the sources", () =>
    inFolder(async (folder) => {
      await mkdir(`${folder}/it's/skylet`, { recursive: true });
      await writeFile(`${folder}/it's/skylet/main.ts`, `console.log("agent", ...process.argv.slice(2));`);
      const parts = createParts(sourcesIn(folder, { executable: process.execPath, sourceTree: `${folder}/it's` }));

      const [first, second] = await Promise.all([parts.locate("skylet"), parts.locate("skylet")]);
      const child = Bun.spawnSync([first, "run", "--dir", "a b"]);

      expect(second).toBe(first);
      expect(child.stdout.toString()).toBe("agent run --dir a b\n");
    }));

  test(
    "an embedded script becomes an executable of its own",
    () =>
      inFolder(async (folder) => {
        await mkdir(`${folder}/embedded`);
        await writeFile(`${folder}/embedded/skylet.js`, `console.log("compiled", process.argv[2]);`);
        const sources = sourcesIn(folder, { embedded: `${folder}/embedded`, executable: process.execPath });

        const path = await locatePart("skylet", sources);
        const again = await locatePart("skylet", sources);

        expect(again).toBe(path);
        expect(Bun.spawnSync([path, "yes"]).stdout.toString()).toBe("compiled yes\n");
        expect(await readdir(`${folder}/parts`)).toHaveLength(1);
      }),
    20_000,
  );
});
