// docs/cli.md says what the commands say.
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programFacts } from "#controller/cli/frame/help/metadata.ts";
import { cliDocument } from "./document.ts";

test("docs/cli.md is made from the commands as they are", async () => {
  const file = join(import.meta.dir, "../../../docs/cli.md");

  const text = cliDocument(await programFacts());

  if (process.env["STIX_BLESS"] === "1") writeFileSync(file, text);
  expect(readFileSync(file, "utf8")).toBe(text);
});
