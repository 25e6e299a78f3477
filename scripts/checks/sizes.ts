// Holds files and functions to the sizes we aim at (sizes.oxlintrc.json). What is larger is listed in larger-than-aimed.json with
// its size: the list may only shrink. `--fix` takes out what is no longer needed and lowers what became smaller.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** rule → file → the largest size found there. */
export type Sizes = Readonly<Record<string, Readonly<Record<string, number>>>>;

const root = join(import.meta.dir, "../..");
const listFile = join(import.meta.dir, "larger-than-aimed.json");

/** Generated files, and tests: a list of cases is as long as it must be. */
const notHeld = ["**/*.gen.ts", "**/*.d.ts", "**/*.test.ts", "test/**"];

const reportSchema = z.object({
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string(), message: z.string() })),
});

/** What the linter found, as the list writes it. */
export function sizesFrom(report: unknown): Sizes {
  const found: Record<string, Record<string, number>> = {};
  for (const { code, filename, message } of reportSchema.parse(report).diagnostics) {
    const rule = code.replace(/^eslint\((.*)\)$/, "$1");
    const size = Number(/\((\d+)\)|complexity of (\d+)/.exec(message)?.slice(1).find(Boolean) ?? Number.NaN);
    const files = (found[rule] ??= {});
    files[filename] = Math.max(files[filename] ?? 0, size);
  }
  return found;
}

/** One sentence for each place that is larger than it may be, and for each that may be smaller. */
export function compareSizes(found: Sizes, listed: Sizes): { readonly larger: string[]; readonly stale: string[] } {
  const larger = pairs(found).flatMap(([rule, file, size]) => {
    const allowed = listed[rule]?.[file];
    if (allowed !== undefined && size <= allowed) return [];
    return [`${file}: ${rule} ${size}${allowed === undefined ? "" : `, and it was ${allowed}`}`];
  });
  const stale = pairs(listed).flatMap(([rule, file, allowed]) => {
    const size = found[rule]?.[file];
    if (size !== undefined && size >= allowed) return [];
    return [`${file}: ${rule} ${size ?? "is as aimed"}, and ${allowed} is listed`];
  });
  return { larger, stale };
}

/** The list without what is no longer needed. */
export function shrunk(found: Sizes, listed: Sizes): Sizes {
  const kept: Record<string, Record<string, number>> = {};
  for (const [rule, file, allowed] of pairs(listed)) {
    const size = found[rule]?.[file];
    if (size !== undefined) (kept[rule] ??= {})[file] = Math.min(size, allowed);
  }
  return kept;
}

function pairs(sizes: Sizes): (readonly [rule: string, file: string, size: number])[] {
  return Object.entries(sizes).flatMap(([rule, files]) =>
    Object.entries(files).map(([file, size]) => [rule, file, size] as const),
  );
}

function measured(): Sizes {
  const command = ["oxlint", "--config", join(import.meta.dir, "sizes.oxlintrc.json"), "--format", "json"];
  // Patterns of a config that is not at the root are not heeded.
  const left = notHeld.flatMap((pattern) => ["--ignore-pattern", pattern]);
  const ended = Bun.spawnSync([process.execPath, "x", ...command, ...left], { cwd: root, stderr: "inherit" });
  return sizesFrom(JSON.parse(ended.stdout.toString()));
}

function main(): void {
  const found = measured();
  const listed = z
    .record(z.string(), z.record(z.string(), z.number()))
    .parse(JSON.parse(readFileSync(listFile, "utf8")));
  if (process.argv.includes("--fix")) {
    writeFileSync(listFile, `${JSON.stringify(shrunk(found, listed), null, 2)}\n`);
  }
  const { larger, stale } = compareSizes(found, process.argv.includes("--fix") ? shrunk(found, listed) : listed);
  for (const line of larger) console.error(`error: ${line}`);
  if (larger.length > 0)
    console.error("try:   a smaller function, a file of its own; sizes.oxlintrc.json has the aims");
  for (const line of stale) console.error(`error: ${line}`);
  if (stale.length > 0) console.error("try:   scripts/check --fix");
  process.exitCode = larger.length + stale.length === 0 ? 0 : 1;
}

if (import.meta.main) main();
