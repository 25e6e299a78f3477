// Over random trees and random rounds of jobs and syncs: no file that a sync did not make is ever lost.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
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
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { placeTree } from "./place-files.ts";
import { placedRecord } from "./placed-record.ts";

/** Few names, so that kinds meet in every way. */
const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const thing = fc.oneof(
  fc.record({ path, kind: fc.constant("file" as const), content: fc.string({ maxLength: 6 }) }),
  fc.record({ path, kind: fc.constant("link" as const), content: fc.constantFrom("a", "../b", "/nowhere") }),
  fc.record({ path, kind: fc.constant("folder" as const), content: fc.constant("") }),
);
const things = fc.array(thing, { maxLength: 8 });
type Thing = typeof thing extends fc.Arbitrary<infer Made> ? Made : never;

const writes = { count: 0 };

/** Puts a thing where nothing of another kind is in the way. */
function lay(root: string, { path: name, kind, content }: Thing): void {
  const at = join(root, name);
  try {
    mkdirSync(dirname(at), { recursive: true });
    if (kind === "folder") mkdirSync(at, { recursive: true });
    else if (kind === "link") symlinkSync(content, at);
    else if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      writeFileSync(at, content);
      // As rsync, a sync knows a file by size and time; two written within one tick of the kernel would be the same to it.
      writes.count += 1;
      utimesSync(at, 1_700_000_000, 1_700_000_000 + writes.count);
    }
  } catch {
    // Another thing is there already.
  }
}

/** Every file, not through links: path → content. */
function filesIn(root: string, inside = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(join(root, inside))) {
    const relative = inside === "" ? name : `${inside}/${name}`;
    const facts = lstatSync(join(root, relative));
    if (facts.isDirectory()) for (const [path, content] of filesIn(root, relative)) found.set(path, content);
    else if (facts.isFile()) found.set(relative, readFileSync(join(root, relative), "utf8"));
  }
  return found;
}

/** Every path of a tree, with its kind and what a link says. */
function shapeOf(root: string, inside = ""): string[] {
  return readdirSync(join(root, inside))
    .sort()
    .flatMap((name) => {
      const relative = inside === "" ? name : `${inside}/${name}`;
      const facts = lstatSync(join(root, relative));
      if (facts.isDirectory()) return [`${relative}/`, ...shapeOf(root, relative)];
      return [
        facts.isSymbolicLink()
          ? `${relative} -> ${readlinkSync(join(root, relative))}`
          : `${relative} = ${readFileSync(join(root, relative), "utf8")}`,
      ];
    });
}

describe("shell/local/place-files, over random trees", () => {
  test("a sync loses no file but one at whose very path the source has a file, and when it is refused it changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ job: things, source: things }), { minLength: 1, maxLength: 4 }),
        async (rounds) => {
          const folder = realpathSync(mkdtempSync(join(tmpdir(), "stix-place-")));
          const node = `${folder}/node`;
          mkdirSync(node);
          /** Files whose present content came from a sync: path → when it was last written. */
          const sent = new Map<string, number>();
          try {
            for (const [round, { job, source }] of rounds.entries()) {
              for (const one of job) lay(node, one);
              const from = `${folder}/source${round}`;
              mkdirSync(from);
              for (const one of source) lay(from, one);
              const before = filesIn(node);
              const own = [...before].filter(([name]) => sent.get(name) !== statSync(join(node, name)).mtimeMs);
              const shape = shapeOf(node);

              const { conflicts } = await placeTree(
                { source: from, destination: node, ignores: () => false, isForeign: false },
                { record: placedRecord(`${folder}/record`), skipped: new Set(), signal: AbortSignal.timeout(60_000) },
              );

              const sources = filesIn(from);
              if (conflicts.length > 0) expect(shapeOf(node)).toEqual(shape);
              const after = filesIn(node);
              for (const [name, content] of own)
                if (!sources.has(name) || conflicts.length > 0)
                  expect({ name, content: after.get(name) }).toEqual({ name, content });
              if (conflicts.length > 0) continue;
              // All of the source is there now, in its own kinds.
              const now = new Set(shapeOf(node));
              for (const line of shapeOf(from)) expect(now).toContain(line);
              for (const name of sources.keys()) sent.set(name, statSync(join(node, name)).mtimeMs);
            }
          } finally {
            rmSync(folder, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 400 },
    );
  }, 120_000);
});
