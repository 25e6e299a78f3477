// Which code runs which case file: by its name, or by the look of its cases when the name is new.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Outcome } from "./outcome.ts";
import { runScalars } from "./scalars.ts";
import { runBucketNames, runMerges, runVolumeCases } from "./spec-cases.ts";
import { runYamlCases } from "./yaml-cases.ts";

export type Runner = () => Outcome[] | Promise<Outcome[]>;

/** Undefined for a file that holds no cases. `golden-` before a name makes no difference. */
export async function runnerOf(fileName: string, text: string): Promise<Runner | undefined> {
  if (fileName.includes("optimizer")) return optimizerRunner(text);
  if (!fileName.endsWith(".json")) return undefined;
  const content: unknown = JSON.parse(text);
  const name = fileName.replace(/^golden-/, "").replace(/\.json$/, "");
  if (name.includes("strict")) return () => runYamlCases(content, { strict: true });
  if (name.includes("k8s-merge")) return () => runMerges(content, "pod");
  return runnerByLook(content);
}

function runnerByLook(content: unknown): Runner | undefined {
  if (!Array.isArray(content)) return hasKeys(content, "infra", "units") || hasKeys(content, "names") ? () => runScalars(content) : undefined;
  const [first] = content;
  if (hasKeys(first, "store", "name")) return () => runBucketNames(content);
  if (hasKeys(first, "base", "override")) return () => runMerges(content, "config");
  if (hasKeys(first, "group", "yaml")) return () => runYamlCases(content, { strict: false });
  return hasKeys(first, "yaml", "ok") ? () => runVolumeCases(content) : undefined;
}

function hasKeys(value: unknown, ...keys: readonly string[]): boolean {
  return typeof value === "object" && value !== null && keys.every((key) => key in value);
}

const optimizerModule = z.object({ runOptimizerCases: z.function() });

/** The optimizer's cases are run by code that lives with it. */
async function optimizerRunner(text: string): Promise<Runner | undefined> {
  const path = join(import.meta.dir, "../../scripts/golden-optimizer.ts");
  if (!existsSync(path)) return undefined;
  const module = optimizerModule.parse(await import(path));
  return () => module.runOptimizerCases(text) as Promise<Outcome[]>;
}
