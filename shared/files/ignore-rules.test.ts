// Which ignore files count, and where their rules begin.
import { describe, expect, test } from "bun:test";
import { readIgnores, type IgnoreFiles } from "./ignore-rules.ts";

/** A disk of plain files; folders are what lies between. */
function disk(texts: Readonly<Record<string, string>>): IgnoreFiles {
  return {
    read: (path) => texts[path] ?? null,
    kind: (path) => {
      if (texts[path] !== undefined) return "file";
      return Object.keys(texts).some((each) => each.startsWith(`${path}/`)) ? "folder" : null;
    },
  };
}

/** Those of the paths that stay at home; a slash at the end stands for a folder. */
function ignored(
  texts: Readonly<Record<string, string>>,
  paths: readonly string[],
  options = { lookAbove: true },
): string[] {
  const ignores = readIgnores("/r/w", disk(texts), options);
  return paths.filter((path) => ignores(path.replace(/\/$/, ""), path.endsWith("/")));
}

describe("shared/files/ignore-rules", () => {
  test("the last rule that matches wins; a slash inside ties a rule to its folder; a slash at the end means folders", () => {
    const texts = { "/r/w/.gitignore": "*.tmp\n!keep.tmp\n/only-root\nbuild/\nsrc/*.o\n# comment\n\n" };

    expect(ignored(texts, ["a.tmp", "deep/a.tmp", "only-root", "src/x.o", "build/", "deep/build/"])).toHaveLength(6);
    expect(ignored(texts, ["keep.tmp", "deep/only-root", "deep/src/x.o", "build"])).toEqual([]);
  });

  test("braces are plain characters", () => {
    expect(ignored({ "/r/w/.gitignore": "{a,b}.txt\n" }, ["a.txt", "b.txt", "{a,b}.txt"])).toEqual(["{a,b}.txt"]);
  });

  test("files in folders below add rules that hold there, and may take back", () => {
    const texts = { "/r/w/.gitignore": "*.log\n.env\n", "/r/w/sub/.gitignore": "!kept.log\n/local\n" };

    expect(
      ignored(texts, [
        "a.log",
        "kept.log",
        ".env",
        "local",
        "sub/a.log",
        "sub/kept.log",
        "sub/.env",
        "sub/local",
        "sub/deep/local",
        "sub/deep/kept.log",
      ]),
    ).toEqual(["a.log", "kept.log", ".env", "sub/a.log", "sub/.env", "sub/local"]);
  });

  test(".skyignore at the top wins over every .gitignore; one further down alone does not", () => {
    const git = { "/r/w/.gitignore": "a\n", "/r/w/sub/.gitignore": "c\n", "/r/w/.git/info/exclude": "e\n" };

    expect(
      ignored({ ...git, "/r/w/.skyignore": "b\n", "/r/w/sub/.skyignore": "d\n" }, [
        "a",
        "b",
        "sub/c",
        "sub/d",
        "d",
        "e",
      ]),
    ).toEqual(["b", "sub/d"]);
    expect(ignored({ ...git, "/r/w/sub/.skyignore": "d\n" }, ["a", "sub/c", "sub/d", "e"])).toEqual([
      "a",
      "sub/c",
      "e",
    ]);
  });

  test("in .skyignore a pattern with a slash inside holds at every depth, as SkyPilot reads it", () => {
    const texts = { "/r/w/.skyignore": " data/raw \n/top/x\n./here/y\n*.bin\n!deep/data/raw\n" };

    expect(
      ignored(texts, [
        "data/raw/",
        "a/data/raw/",
        "deep/data/raw/",
        "top/x",
        "a/top/x",
        "here/y",
        "a/here/y",
        "z/q.bin",
      ]),
    ).toEqual(["data/raw/", "a/data/raw/", "top/x", "here/y", "z/q.bin"]);
  });

  test("a repository's own folder is sent whole, with its submodules', unless .skyignore names it", () => {
    const paths = [".git/", ".git/logs/", ".git/x.log", "sub/.git/logs/"];

    expect(ignored({ "/r/w/.gitignore": "*.log\nlogs\n.git\n" }, paths)).toEqual([]);
    expect(ignored({ "/r/w/.skyignore": "*.log\nlogs\n.git/\n" }, paths)).toEqual([".git/"]);
  });

  test(".git/info/exclude counts after the .gitignore files, for repositories inside as well", () => {
    const texts = {
      "/r/w/.git/info/exclude": "mine\nboth\n",
      "/r/w/.gitignore": "!both\n",
      "/r/w/in/.git/info/exclude": "theirs\n",
    };

    expect(ignored(texts, ["mine", "both", "theirs", "in/theirs", "in/mine"])).toEqual([
      "mine",
      "in/theirs",
      "in/mine",
    ]);
  });

  test("rules of the repository around the folder hold, but not when they ignore the folder itself, nor for others' folders", () => {
    const around = {
      "/r/.git/HEAD": "ref: x\n",
      "/r/.gitignore": ".env\nw/one\n",
      "/r/.git/info/exclude": "local\n",
      "/.gitignore": "beyond\n",
    };
    const paths = [".env", "one", "sub/one", "local", "beyond", "own"];

    expect(ignored(around, paths)).toEqual([".env", "one", "local"]);
    expect(ignored({ ...around, "/r/.gitignore": "*\n", "/r/w/.gitignore": "own\n" }, paths)).toEqual(["own"]);
    expect(ignored({ ...around, "/r/w/.gitignore": "own\n" }, paths, { lookAbove: false })).toEqual(["own"]);
    expect(ignored({ "/r/.gitignore": ".env\n" }, paths)).toEqual([]);
  });

  test("work trees and submodules keep their exclude file where their .git file says", () => {
    const worktree = {
      "/r/w/.git": "gitdir: /main/.git/worktrees/w\n",
      "/main/.git/worktrees/w/commondir": "../..\n",
      "/main/.git/worktrees/w/../../info/exclude": "shared\n",
    };
    const submodule = { "/r/w/.git": "gitdir: ../.git/modules/w\n", "/r/w/../.git/modules/w/info/exclude": "own\n" };

    expect(ignored(worktree, ["shared", "own"])).toEqual(["shared"]);
    expect(ignored(submodule, ["shared", "own"])).toEqual(["own"]);
    expect(ignored(worktree, ["shared"], { lookAbove: false })).toEqual([]);
  });

  test("a pattern that would take for ever ends", () => {
    const texts = { "/r/w/.gitignore": `${"**/a*/".repeat(30)}b\n` };

    expect(ignored(texts, ["a/".repeat(200).slice(0, -1)])).toEqual([]);
  });
});
