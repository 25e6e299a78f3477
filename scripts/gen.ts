// Writes the files that follow from the code, or says which differ from it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cloudFiles } from "./clouds/cloud-files.ts";
import { sectionFile } from "./clouds/section-file.ts";
import { readManifests } from "./clouds/manifests.ts";

const root = join(import.meta.dir, "..");
const providers = join(root, "controller/providers");
const check = process.argv.includes("--check");

function fault(text: string): void {
  process.stderr.write(`error: ${text}\n`);
  process.exitCode = 1;
}

function settle(path: string, text: string): void {
  const whole = join(root, path);
  if (existsSync(whole) && readFileSync(whole, "utf8") === text) return;
  if (check) return fault(`${path} is not what the code says\ntry:   scripts/gen`);
  writeFileSync(whole, text);
  process.stdout.write(`wrote ${path}\n`);
}

const unknown = process.argv.slice(2).find((word) => word !== "--check");
if (unknown !== undefined) {
  process.stderr.write(`error: '${unknown}' is not an option of scripts/gen\ntry:   scripts/gen --check\n`);
  process.exit(2);
}
const { manifests, faults } = await readManifests(providers);
faults.forEach(fault);
const sections = sectionFile(providers, manifests);
sections.faults.forEach(fault);
for (const { path, text } of [...cloudFiles(manifests), sections.file]) settle(path, text);
// The pages are made of code that reads those files, so it is loaded after they are written.
const { generatedPages } = await import("./reference/pages.ts");
for (const { file, text, faults: ofPage } of await generatedPages()) {
  for (const each of ofPage) fault(`docs/${file}: ${each}`);
  settle(`docs/${file}`, text);
}
