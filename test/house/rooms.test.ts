// The import law: arrows point down only, packages are named, paths say where they lead.
import { describe, expect, test } from "bun:test";
import { breach } from "./arrows.ts";
import { exceptions } from "./exceptions.ts";
import { sourceFile, sourceFiles } from "./source-files.ts";

const files = sourceFiles();
const ours = files.filter((file) => !file.path.startsWith("test/house/"));

describe("house/rooms", () => {
  test("a planted breach is found, type-only and lazy ones too", () => {
    const planted = sourceFile(
      "shared/planted.ts",
      'import type { A } from "#controller/ports/agents.ts";\nconst b = await import("../skylet/main.ts");\n',
    );

    const found = planted.imports.map((each) => breach(planted.path, each.target ?? ""));

    expect(found).toEqual([
      "shared/planted.ts (shared) may not import controller/ports/agents.ts (ports)",
      "shared/planted.ts (shared) may not import skylet/main.ts (skylet)",
    ]);
  });

  test("a folder of one cloud may not import that of another", () => {
    expect(breach("controller/providers/aws/provider.ts", "controller/providers/gcp/client.ts")).toContain(
      "may not import",
    );
    expect(breach("controller/providers/aws/provider.ts", "controller/providers/aws/client.ts")).toBeNull();
  });

  test("every import goes where the law allows", () => {
    const breaches = ours.flatMap((file) =>
      file.imports.flatMap(({ target }) => (target === null ? [] : (breach(file.path, target) ?? []))),
    );
    const allowed = exceptions.arrows.map((each) => each.breach);

    expect(breaches.filter((each) => !allowed.includes(each))).toEqual([]);
    expect(allowed.filter((each) => !breaches.includes(each))).toEqual([]);
  });

  test("inside a room imports are relative with .ts and at most two folders up; across rooms they begin with #", () => {
    const wrong = ours.flatMap((file) =>
      file.imports
        .filter(({ specifier }) => specifier.startsWith("."))
        .filter(
          ({ specifier, target }) =>
            specifier.startsWith("../../../") ||
            target?.split("/")[0] !== file.path.split("/")[0] ||
            !/\.[a-z]+$/.test(specifier),
        )
        .map(({ specifier }) => `${file.path} imports ${specifier}`),
    );

    expect(wrong.filter((each) => !/^test\/.* imports .*node_modules/.test(each))).toEqual([]);
  });

  // Lazy imports may lead back: the tree of commands holds the command that prints the tree.
  test("no circle of imports that are needed at start, type-only ones included", () => {
    const importsOf = new Map(
      ours.map((file) => [file.path, file.imports.flatMap(({ target, lazy }) => (lazy ? [] : (target ?? [])))]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      else if (!done.has(path)) for (const next of importsOf.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of importsOf.keys()) visit(path, []);

    expect(circles).toEqual([]);
  });
});
