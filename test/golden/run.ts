// Runs every recorded case file of a folder through the real code; exits 1 when any case fails.
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { Outcome } from "./outcome.ts";
import { runnerOf } from "./runners.ts";

const DEFAULT_DIR = join(import.meta.dir, "cases");

// A failing case is shown shortened: whole results run to pages.
const SHOWN_MAX = 1500;

const dir = process.argv[2] ?? process.env["STIX_GOLDEN_DIR"] ?? DEFAULT_DIR;
process.exitCode = (await runFolder(dir)) ? 0 : 1;

async function runFolder(folder: string): Promise<boolean> {
  if (!existsSync(folder)) {
    console.error(`no folder ${folder}`);
    return false;
  }
  const files = readdirSync(folder).filter((name) => /\.jsonl?$/.test(name)).sort();
  let allPassed = files.length > 0;
  for (const file of files) allPassed = (await runFile(join(folder, file))) && allPassed;
  if (files.length === 0) console.error(`no case files in ${folder}`);
  return allPassed;
}

async function runFile(path: string): Promise<boolean> {
  const name = basename(path);
  const runner = await runnerOf(path);
  if (runner === undefined) {
    console.log(`${name}: 0/0 (no cases that are known here)`);
    return true;
  }
  const outcomes = await runner();
  const failed = outcomes.filter((outcome) => !outcome.passed);
  console.log(`${name}: ${outcomes.length - failed.length}/${outcomes.length}`);
  for (const outcome of failed) show(outcome);
  return failed.length === 0;
}

function show({ title, expected, found }: Outcome): void {
  console.log(`  case      ${JSON.stringify(title).slice(0, SHOWN_MAX)}`);
  console.log(`  expected  ${expected.slice(0, SHOWN_MAX)}`);
  console.log(`  got       ${found.slice(0, SHOWN_MAX)}\n`);
}
