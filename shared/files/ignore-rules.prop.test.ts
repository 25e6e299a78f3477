// Against git itself: over generated trees, what we leave at home is what `git check-ignore` names.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ignoresOf } from "./ignore-disk.ts";

const names = [
  "a",
  "b",
  "ab",
  "a.txt",
  "b.txt",
  "{a,b}.txt",
  "c d",
  "x ",
  ".env",
  "é",
  "[a]",
  "#c",
  "!d",
  "a\\b",
  "build",
  "foo",
] as const;
const name = fc.constantFrom(...names);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

/** Pieces that meet in patterns as people write them, and as nobody does. */
const piece = fc.oneof(
  { weight: 6, arbitrary: name.map((one) => one.replace(/[\\[#! ]/g, (char) => `\\${char}`)) },
  { weight: 3, arbitrary: name },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "*",
      "**",
      "?",
      "?**",
      "[ab]**",
      "**b",
      "*.txt",
      "a*",
      "*b",
      "f**",
      "[ab]",
      "[!a]",
      "[^b]*",
      "[a-c].txt",
      "[[:alpha:]]",
      "[[:punct:]]*",
      "[[:nope:]]",
      "[]-a]",
      "[a",
      "??",
      "*[.]*",
      "\\a",
      "{a,b}.txt",
      "*.{txt,log}",
      "[\\]a]",
      "b*t",
    ),
  },
);
const pattern = fc
  .tuple(
    fc.constantFrom("", "", "", "!"),
    fc.constantFrom("", "", "/", "**/"),
    fc.array(piece, { minLength: 1, maxLength: 3 }),
    fc.constantFrom("/", "/", "/**/", ""),
    fc.constantFrom("", "", "/", "/**", "/*", " ", "\\ ", "\\", "\t", "\r"),
  )
  .map(([not, start, parts, glue, end]) => `${not}${start}${parts.join(glue)}${end}`);
const line = fc.oneof(
  { weight: 12, arbitrary: pattern },
  { weight: 1, arbitrary: fc.constantFrom("", "# a comment", "/", "!", "**", "/*", "!/*", "!*/", " ") },
);
const rules = fc.array(line, { maxLength: 6 }).map((lines) => lines.map((one) => `${one}\n`).join(""));

/** One of the trees that share a repository: files, and ignore files in some folders. */
const tree = fc.record({
  files: fc.array(path, { minLength: 1, maxLength: 8 }),
  ignoreFiles: fc.array(fc.record({ folder: fc.oneof(fc.constant(""), path), rules }), { minLength: 1, maxLength: 3 }),
});
/** In memory where that can be had: tens of thousands of files are made. */
const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const TREES_PER_REPOSITORY = 20;
const REPOSITORIES = 60;
const repository = fc.record({
  exclude: rules,
  top: fc.array(pattern, { maxLength: 2 }).map((lines) => lines.join("\n")),
  trees: fc.array(tree, { minLength: TREES_PER_REPOSITORY, maxLength: TREES_PER_REPOSITORY }),
});

/** Writes unless a file is in the way of a folder, or a folder in that of a file. */
function tryWrite(file: string, content: string): void {
  try {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, content);
  } catch {
    // The generated tree has another thing there.
  }
}

function lay(
  root: string,
  { exclude, top, trees }: typeof repository extends fc.Arbitrary<infer Made> ? Made : never,
): void {
  // What makes a folder a repository for git, without a process for each.
  for (const folder of [".git/objects", ".git/refs", ".git/info"]) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, ".git/HEAD"), "ref: refs/heads/main\n");
  writeFileSync(join(root, ".git/info/exclude"), exclude);
  writeFileSync(join(root, ".gitignore"), top);
  for (const [index, { files, ignoreFiles }] of trees.entries()) {
    for (const file of files) tryWrite(join(root, `t${index}`, file), "");
    for (const { folder, rules: text } of ignoreFiles) tryWrite(join(root, `t${index}`, folder, ".gitignore"), text);
  }
}

function everything(root: string, inside = ""): { readonly path: string; readonly isFolder: boolean }[] {
  return readdirSync(join(root, inside))
    .sort()
    .flatMap((child) => {
      const relative = inside === "" ? child : `${inside}/${child}`;
      if (relative === ".git") return [];
      const isFolder = lstatSync(join(root, relative)).isDirectory();
      return isFolder ? [{ path: relative, isFolder }, ...everything(root, relative)] : [{ path: relative, isFolder }];
    });
}

function byUs(root: string, paths: readonly { readonly path: string; readonly isFolder: boolean }[]): string[] {
  const ignores = ignoresOf(root, { lookAbove: true });
  const ignored = new Set<string>();
  for (const { path: one, isFolder } of paths) {
    const parent = one.slice(0, Math.max(0, one.lastIndexOf("/")));
    if (ignored.has(parent) || ignores(one, isFolder)) ignored.add(one);
  }
  return [...ignored].sort();
}

async function byGit(root: string, paths: readonly { readonly path: string }[]): Promise<string[]> {
  const env = {
    PATH: process.env["PATH"],
    HOME: root,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
  };
  const child = Bun.spawn(["git", "check-ignore", "--no-index", "-z", "--stdin"], {
    cwd: root,
    env,
    stdin: new Blob([paths.map(({ path: one }) => `${one}\0`).join("")]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, complaint, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status > 1) throw new Error(`git check-ignore ended with ${status}: ${complaint}`);
  return out
    .split("\0")
    .filter((one) => one !== "")
    .sort();
}

describe("shared/files/ignore-rules", () => {
  test(`${REPOSITORIES * TREES_PER_REPOSITORY} generated trees: the same is ignored as by git`, async () => {
    let ignoredCount = 0;
    await fc.assert(
      fc.asyncProperty(repository, async (made) => {
        const root = mkdtempSync(join(place, "stix-ignore-"));
        try {
          lay(root, made);
          const paths = everything(root);
          const ours = byUs(root, paths);
          expect(ours).toEqual(await byGit(root, paths));
          ignoredCount += ours.length;
        } finally {
          rmSync(root, { recursive: true, force: true });
        }
      }),
      { numRuns: REPOSITORIES },
    );
    // Rules that never match would prove nothing.
    expect(ignoredCount).toBeGreaterThan(REPOSITORIES * TREES_PER_REPOSITORY);
  }, 300_000);
});
