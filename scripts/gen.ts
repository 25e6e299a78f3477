// Writes the files that follow from the code, or says which differ from it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedPages } from "./reference/pages.ts";

const docs = join(import.meta.dir, "../docs");
const check = process.argv.includes("--check");
const unknown = process.argv.slice(2).find((word) => word !== "--check");
if (unknown !== undefined) {
  process.stderr.write(`error: '${unknown}' is not an option of scripts/gen\ntry:   scripts/gen --check\n`);
  process.exit(2);
}
for (const { file, text, faults } of await generatedPages()) {
  for (const fault of faults) {
    process.stderr.write(`error: docs/${file}: ${fault}\n`);
    process.exitCode = 1;
  }
  const path = join(docs, file);
  if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
  if (check) {
    process.stderr.write(`error: docs/${file} is not what the code says\ntry:   scripts/gen\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    process.stdout.write(`wrote docs/${file}\n`);
  }
}
