// Files made to exhaust a reader: each is refused with an error, soon, and without the words of a crash.
import { describe, expect, test } from "bun:test";
import { maskYaml } from "../task/mask.ts";
import { parseDag } from "../task/parse.ts";

const letters = Array.from("abcdefghij");

const bombs: Readonly<Record<string, string>> = {
  "aliases of aliases": [
    "a: &a [x,x,x,x,x,x,x,x,x,x]",
    ...letters
      .slice(1)
      .map((letter, index) => `${letter}: &${letter} [${Array(10).fill(`*${letters[index]}`).join(",")}]`),
  ].join("\n"),
  "seventeen megabytes": `run: ${"x".repeat(17_000_000)}`,
  "fifteen megabytes of small parts": `run: [${"a,".repeat(7_500_000)}]`,
  "a hundred thousand brackets": `a: ${"[".repeat(100_000)}`,
  "five hundred nested mappings": `a: ${"{a: ".repeat(500)}${"}".repeat(500)}`,
  "a thousand nested lines": Array.from({ length: 1000 }, (_, index) => `${" ".repeat(index)}a:`).join("\n"),
  "twenty thousand dashes": `${"- ".repeat(20_000)}a`,
  "thirty thousand question marks": "? ".repeat(30_000),
  binary: "\u0000\u0001\u0002".repeat(1000),
  "a half of a surrogate pair": "run: \ud800",
  "five thousand merges": `a: &a {x: 1}\n${Array.from({ length: 5000 }, (_, index) => `k${index}: {<<: *a}`).join("\n")}`,
  "ten thousand repeated keys": `envs: {${"A: x,".repeat(10_000)}}`,
  "a variable written twenty thousand times": `envs: {A: ${"x".repeat(500_000)}}\nworkdir: ${"$A".repeat(20_000)}`,
  "a key of half a megabyte": `resources: {${"a".repeat(500_000)}: 1}`,
  "a number of half a million digits": `num_nodes: ${"9".repeat(500_000)}`,
};

// The slowest takes half a second on an idle core; tests share theirs.
const LIMIT_MS = 20_000;

describe("yaml/hostile", () => {
  for (const [name, text] of Object.entries(bombs)) {
    test(
      `${name}: refused`,
      () => {
        const began = performance.now();

        const parsed = parseDag(text);
        const masked = maskYaml(text);

        expect(performance.now() - began).toBeLessThan(LIMIT_MS);
        expect(parsed.ok).toBe(false);
        const problems = parsed.ok ? [] : parsed.problems;
        expect(problems.length).toBeLessThanOrEqual(50);
        for (const problem of problems)
          expect(problem.message).not.toMatch(/call stack|\bat .*\.ts|undefined is not|RangeError/);
        expect(masked.length).toBeLessThanOrEqual(text.length + 100);
      },
      LIMIT_MS * 2,
    );
  }
});
