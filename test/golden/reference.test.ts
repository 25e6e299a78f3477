// The pages of reference say what the schemas read: every key has its sentence, and no page was edited by hand.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generatedPages } from "#scripts/reference/pages.ts";

describe("pages of reference", () => {
  for (const { file, text, faults } of generatedPages()) {
    test(`docs/${file} has a sentence for every key, and none for another`, () => {
      expect(faults).toEqual([]);
    });

    test(`docs/${file} is as scripts/gen writes it`, () => {
      expect(readFileSync(join(import.meta.dir, "../../docs", file), "utf8")).toBe(text);
    });
  }
});
