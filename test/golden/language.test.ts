// The recorded cases of the language that are kept here, run through the real code.
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runnerOf } from "./runners.ts";

const folder = join(import.meta.dir, "cases");

describe("golden/language", () => {
  for (const file of readdirSync(folder)) {
    test(`${file} says what SkyPilot said`, async () => {
      const runner = await runnerOf(join(folder, file));
      const outcomes = (await runner?.()) ?? [];

      const failed = outcomes.filter((outcome) => !outcome.passed);

      expect(outcomes.length).toBeGreaterThan(0);
      expect(failed).toEqual([]);
    }, 60_000);
  }
});
