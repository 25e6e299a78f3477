// Kinds in the way of other kinds: what goes, what stays, and what the refusal names.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { placeTree, type Placed } from "./place-files.ts";
import { placedRecord } from "./placed-record.ts";
import { identity } from "./plan-placing.ts";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stix-place-")));
  mkdirSync(`${folder}/home`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Options {
  readonly source?: string;
  readonly destination?: string;
  readonly isForeign?: boolean;
  readonly skipped?: ReadonlySet<string>;
  readonly ignores?: (path: string, isFolder: boolean) => boolean;
}

function sync(options: Options = {}): Promise<Placed> {
  const {
    source = "source",
    destination = "home/tree",
    isForeign = false,
    skipped = new Set(),
    ignores = () => false,
  } = options;
  const record = placedRecord(`${folder}/record`);
  return placeTree(
    { source: `${folder}/${source}`, destination: `${folder}/${destination}`, ignores, isForeign },
    { record, skipped, signal: AbortSignal.timeout(30_000) },
  );
}

function put(path: string, content: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function make(path: string, kind: "file" | "link" | "folder", content: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  if (kind === "file") put(path, content);
  else if (kind === "link") symlinkSync(content, join(folder, path));
  else put(`${path}/inside.txt`, content);
}

function kindAt(path: string): string {
  const facts = lstatSync(join(folder, path), { throwIfNoEntry: false });
  if (facts === undefined) return "nothing";
  if (facts.isDirectory()) return "folder";
  return facts.isSymbolicLink() ? "link" : "file";
}

const kinds = ["file", "link", "folder"] as const;

describe("shell/local/place-files", () => {
  for (const depth of ["x", "deep/er/x"]) {
    for (const there of kinds) {
      for (const wanted of kinds) {
        test(`${there} of the node, ${wanted} of the source, at ${depth}: content that no sync made stays`, async () => {
          make(`home/tree/${depth}`, there, "the node's own");
          make(`source/${depth}`, wanted, "the source's");

          const { conflicts } = await sync();

          // A file takes the place of a file, and a link has no content.
          const isRefused = there !== wanted && there !== "link";
          expect(conflicts.map(({ path }) => path)).toEqual(isRefused ? [`${folder}/home/tree/${depth}`] : []);
          expect(kindAt(`home/tree/${depth}`)).toBe(isRefused ? there : wanted);
          if (isRefused)
            expect(readFileSync(join(folder, "home/tree", depth, there === "folder" ? "inside.txt" : ""), "utf8")).toBe(
              "the node's own",
            );
          expect(
            readdirSync(dirname(`${folder}/home/tree/${depth}`)).filter((name) => name.endsWith(".draft")),
          ).toEqual([]);
        });

        test(`${there} that a sync made gives way to ${wanted} at ${depth}, unless somebody changed it`, async () => {
          make(`source/${depth}`, there, "first");
          expect((await sync()).conflicts).toEqual([]);
          rmSync(`${folder}/source/${depth}`, { recursive: true });
          make(`source/${depth}`, wanted, "second one");

          expect((await sync()).conflicts).toEqual([]);

          expect(kindAt(`home/tree/${depth}`)).toBe(wanted);
          if (wanted === "link") expect(readlinkSync(`${folder}/home/tree/${depth}`)).toBe("second one");
          else
            expect(
              readFileSync(join(folder, "home/tree", depth, wanted === "folder" ? "inside.txt" : ""), "utf8"),
            ).toBe("second one");
        });
      }
    }
  }

  test("one file in the way stops the whole tree before anything is done, and every one is counted", async () => {
    make("home/tree/a", "folder", "own");
    make("home/tree/z", "folder", "own");
    for (const [path, kind] of [
      ["a", "file"],
      ["m", "file"],
      ["z", "link"],
    ] as const)
      make(`source/${path}`, kind, "new");

    const { conflicts } = await sync();

    expect(conflicts).toEqual([
      { path: `${folder}/home/tree/a`, there: "folder", wanted: "file", because: null },
      { path: `${folder}/home/tree/z`, there: "folder", wanted: "link", because: null },
    ]);
    expect(kindAt("home/tree/m")).toBe("nothing");
  });

  test("a folder of a sync in which a job left a file stays, and the job's file is named", async () => {
    put("source/out/config.txt", "sent");
    await sync();
    put("home/tree/out/deep/result.txt", "made");
    rmSync(`${folder}/source/out`, { recursive: true });
    put("source/out", "now a file");

    expect((await sync()).conflicts).toEqual([
      { path: `${folder}/home/tree/out`, there: "folder", wanted: "file", because: `${folder}/home/tree/out/deep` },
    ]);
    expect(readFileSync(`${folder}/home/tree/out/config.txt`, "utf8")).toBe("sent");
  });

  test("a file of a sync that a job has changed is no longer the sync's to remove", async () => {
    put("source/x", "sent");
    await sync();
    writeFileSync(`${folder}/home/tree/x`, "sent, then changed");
    rmSync(`${folder}/source/x`);
    put("source/x/y", "now a folder");

    expect((await sync()).conflicts.map(({ path }) => path)).toEqual([`${folder}/home/tree/x`]);
    expect(readFileSync(`${folder}/home/tree/x`, "utf8")).toBe("sent, then changed");
  });

  test("an empty folder gives way", async () => {
    mkdirSync(`${folder}/home/tree/x`, { recursive: true });
    put("source/x", "a file");

    expect((await sync()).conflicts).toEqual([]);
    expect(readFileSync(`${folder}/home/tree/x`, "utf8")).toBe("a file");
  });

  test("links at the top are followed, of the source and of the node, as rsync does", async () => {
    put("real/a.txt", "content");
    symlinkSync("real", `${folder}/source`);
    mkdirSync(`${folder}/big-disk`);
    symlinkSync(`${folder}/big-disk`, `${folder}/home/tree`);

    await sync();

    expect(kindAt("home/tree")).toBe("link");
    expect(readFileSync(`${folder}/big-disk/a.txt`, "utf8")).toBe("content");
    expect(kindAt("big-disk/a.txt")).toBe("file");
  });

  test("a file where a folder above the destination is needed is named", async () => {
    put("home/a", "own");
    put("source", "new");

    expect((await sync({ destination: "home/a/b/c" })).conflicts).toEqual([
      { path: `${folder}/home/a`, there: "file", wanted: "folder", because: null },
    ]);
    expect(readFileSync(`${folder}/home/a`, "utf8")).toBe("own");
  });

  test("outside of the node, what is there already is refused until a sync has made it", async () => {
    put("source/a.txt", "one");
    put("elsewhere/data/own.txt", "own");

    expect((await sync({ destination: "elsewhere/data", isForeign: true })).conflicts).toHaveLength(1);
    expect((await sync({ destination: "elsewhere/new", isForeign: true })).conflicts).toEqual([]);
    put("source/a.txt", "second");
    expect((await sync({ destination: "elsewhere/new", isForeign: true })).conflicts).toEqual([]);

    expect(readFileSync(`${folder}/elsewhere/new/a.txt`, "utf8")).toBe("second");
    expect(readdirSync(`${folder}/elsewhere/data`)).toEqual(["own.txt"]);
  });

  test("a folder copied onto itself is left alone, and one copied into itself ends", async () => {
    put("source/a.txt", "one");

    expect(await sync({ destination: "source", isForeign: true })).toEqual({ conflicts: [], dangling: [] });
    await sync({ destination: "source/copy" });
    await sync({ destination: "source/copy" });

    expect(readdirSync(`${folder}/source/copy`)).toEqual(["a.txt"]);
    expect(existsSync(`${folder}/record`)).toBe(true);
  });

  test("the folder of all nodes is not copied along", async () => {
    put("source/a.txt", "one");
    put("source/.state/local/n0/home/secret", "another node's");
    const skipped = new Set([identity(lstatSync(`${folder}/source/.state/local`))]);

    await sync({ skipped });

    expect(kindAt("home/tree/a.txt")).toBe("file");
    expect(kindAt("home/tree/.state/local")).toBe("nothing");
  });

  test("ignored files and folders stay at home, and of an ignored folder nothing is asked", async () => {
    for (const path of ["keep.txt", ".env", "data/big.bin", "data/deep/x"]) put(`source/${path}`, path);
    const asked: string[] = [];

    await sync({
      ignores: (path, isFolder) => {
        asked.push(path);
        return path === ".env" || (path === "data" && isFolder);
      },
    });

    expect(readdirSync(`${folder}/home/tree`)).toEqual(["keep.txt"]);
    expect(asked.sort()).toEqual([".env", "data", "keep.txt"]);
  });

  test("links that lead nowhere on the node are told", async () => {
    put("source/a.txt", "content");
    symlinkSync("a.txt", `${folder}/source/good`);
    symlinkSync("../not-sent.txt", `${folder}/source/bad`);
    put("not-sent.txt", "beside the source");

    expect((await sync()).dangling).toEqual([`${folder}/home/tree/bad`]);
  });

  test("a folder closed to writing can be filled again", async () => {
    put("source/closed/a.txt", "one");
    chmodSync(`${folder}/source/closed`, 0o555);
    await sync();
    chmodSync(`${folder}/source/closed`, 0o755);
    put("source/closed/b.txt", "two");
    chmodSync(`${folder}/source/closed`, 0o555);

    await sync();
    chmodSync(`${folder}/source/closed`, 0o755);

    expect(readdirSync(`${folder}/home/tree/closed`).sort()).toEqual(["a.txt", "b.txt"]);
    expect(statSync(`${folder}/home/tree/closed`).mode & 0o777).toBe(0o555);
    chmodSync(`${folder}/home/tree/closed`, 0o755);
  });

  test("a lost or damaged record makes a sync refuse, never remove", async () => {
    put("source/x/a.txt", "one");
    await sync();
    writeFileSync(`${folder}/record`, '["folder","/a"]\n["file",\n\0\0\0');
    rmSync(`${folder}/source/x`, { recursive: true });
    put("source/x", "now a file");

    expect((await sync()).conflicts).toHaveLength(1);
    expect(readFileSync(`${folder}/home/tree/x/a.txt`, "utf8")).toBe("one");
  });
});

describe("shell/local/placed-record", () => {
  test("a long record is shortened: the newest lines stay", async () => {
    const record = placedRecord(`${folder}/record`);
    const many = (from: number) =>
      Array.from(
        { length: 60_000 },
        (_, index) => ["file", `/some/folder/with/a/name/${"x".repeat(40)}/${from + index}`, 1, 1] as const,
      );
    for (let round = 0; round < 4; round += 1) await record.note(many(round * 60_000).map((line) => [...line]));
    put("last", "1");
    const facts = lstatSync(`${folder}/last`);
    await record.note([["file", `${folder}/last`, facts.size, facts.mtimeMs]]);

    expect(statSync(`${folder}/record`).size).toBeLessThan(16 * 1024 * 1024 + 200);
    expect(await record.isOurs(`${folder}/last`, facts)).toBe(true);
  });
});
