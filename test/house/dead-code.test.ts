// What is exported is imported by somebody, and by more than its own tests. Names are found by scanning the text, as imports are;
// types are left out, for they cost nothing and name a shape.
import { describe, expect, test } from "bun:test";
import { exceptions } from "./exceptions.ts";
import { sourceFiles, type SourceFile } from "./source-files.ts";

const files = sourceFiles();
/** Read by scripts/gen, which looks into the folder of every cloud. */
const readByName = /^controller\/providers\/[^/]+\/config\.ts /;
const isTest = (path: string) => path.startsWith("test/") || path.includes(".test.");
const declared = /(?:^|\n)export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|const|class)\s+(\w+)/g;

type Use = "product" | "tests" | "itself" | "nobody";

/** Who needs each exported name, as far as `among` shows; a name that its own file uses is not dead, whoever else may ask. */
function usesOf(among: readonly SourceFile[]): ReadonlyMap<string, Use> {
  const askers = new Map<string, Set<boolean>>();
  const asked = (target: string, name: string, byTest: boolean) =>
    askers.set(`${target} ${name}`, (askers.get(`${target} ${name}`) ?? new Set()).add(byTest));
  for (const file of among) {
    for (const [, names = "", specifier = ""] of file.code.matchAll(
      /import\s+(?:type\s+)?\{([^}]*)\}\s*from\s*["']([^"']+)["']/g,
    )) {
      const target = file.imports.find((each) => each.specifier === specifier)?.target;
      for (const name of names.split(","))
        asked(
          target ?? "",
          name
            .trim()
            .replace(/^type\s+/, "")
            .replace(/\s+as\s.*$/, ""),
          isTest(file.path),
        );
    }
    // Of a whole module, or of one that is loaded when needed, whatever the text names is used.
    const whole = [...file.code.matchAll(/(?:import\s+\*\s+as\s+\w+\s+from\s*|\bimport\(\s*)["']([^"']+)["']/g)];
    for (const [, specifier] of whole) {
      const target = file.imports.find((each) => each.specifier === specifier)?.target;
      for (const [name] of file.code.matchAll(/\w+/g)) asked(target ?? "", name, isTest(file.path));
    }
  }
  const uses = new Map<string, Use>();
  for (const { path, code } of among.filter((file) => !file.path.includes(".gen."))) {
    for (const [, name = ""] of code.replace(/`(?:\\.|[^`\\])*`/g, "``").matchAll(declared)) {
      const by = askers.get(`${path} ${name}`);
      const isOwn = code.split(new RegExp(`\\b${name}\\b`)).length > 2;
      if (by?.has(false) === true || (by !== undefined && isTest(path))) uses.set(`${path} ${name}`, "product");
      else if (isOwn) uses.set(`${path} ${name}`, "itself");
      else uses.set(`${path} ${name}`, by === undefined ? "nobody" : "tests");
    }
  }
  return uses;
}

const aFile = (path: string, code: string, target: string | null = null): SourceFile => ({
  path,
  text: code,
  code,
  imports: target === null ? [] : [{ specifier: "./a.ts", target, lazy: false }],
});

describe("house/dead-code", () => {
  test("a planted name that nobody imports is found, and one that only tests import", () => {
    const uses = usesOf([
      aFile(
        "shared/a.ts",
        "export const used = 1;\nexport const tested = 2;\nexport class Gone {}\nexport const own = 4;\nown;\n",
      ),
      aFile("shared/b.ts", 'import { used } from "./a.ts";', "shared/a.ts"),
      aFile("shared/a.test.ts", 'import { used, tested } from "./a.ts";', "shared/a.ts"),
    ]);

    expect(Object.fromEntries(uses)).toEqual({
      "shared/a.ts used": "product",
      "shared/a.ts tested": "tests",
      "shared/a.ts Gone": "nobody",
      "shared/a.ts own": "itself",
    });
  });

  test("every exported name is imported by somebody who is no test", () => {
    const dead = [...usesOf(files)]
      .filter(([name, use]) => (use === "nobody" || use === "tests") && !readByName.test(name))
      .map(([name]) => name);
    const listed = exceptions.deadCode.map((each) => each.breach);

    expect(dead.filter((name) => !listed.includes(name))).toEqual([]);
    expect(listed.filter((name) => !dead.includes(name))).toEqual([]);
  });
});
