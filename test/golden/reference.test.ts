// The pages of reference say what the code reads: every key has its sentence, and no page was edited by hand.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generatedPages } from "#scripts/reference/pages.ts";

for (const { file, text, faults } of await generatedPages()) {
  test(`docs/${file} has a sentence for every key, and none for another`, () => {
    expect(faults).toEqual([]);
  });

  test(`docs/${file} is as scripts/gen writes it`, () => {
    expect(readFileSync(join(import.meta.dir, "../../docs", file), "utf8")).toBe(text);
  });
}
