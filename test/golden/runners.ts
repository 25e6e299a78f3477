// Which code runs which case file: by its name, or by the look of its cases when the name is new.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Outcome } from "./outcome.ts";
import { runKindCases } from "./kind-cases.ts";
import { runScalars } from "./scalars.ts";
import { runBucketNames, runMerges, runVolumeCases } from "./spec-cases.ts";
import { runYamlCases } from "./yaml-cases.ts";

export type Runner = () => Outcome[] | Promise<Outcome[]>;

/** Undefined for a file that holds no cases. `golden-` before a name makes no difference. */
export async function runnerOf(path: string): Promise<Runner | undefined> {
  const fileName = basename(path);
  if (fileName.includes("optimizer")) return optimizerRunner(path);
  if (!fileName.endsWith(".json")) return undefined;
  const content: unknown = JSON.parse(readFileSync(path, "utf8"));
  const name = fileName.replace(/^golden-/, "").replace(/\.json$/, "");
  if (name.includes("strict")) return () => runYamlCases(content, { strict: true });
  if (name.includes("k8s-merge")) return () => runMerges(content, "pod");
  return runnerByLook(content);
}

function runnerByLook(content: unknown): Runner | undefined {
  if (hasKeys(content, "kind", "cases")) return () => runKindCases(content);
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

/** The optimizer's cases are run by code that lives with it. */
async function optimizerRunner(path: string): Promise<Runner> {
  const { runOptimizerGolden } = await import("#scripts/golden-optimizer.ts");
  return () => {
    const report = runOptimizerGolden(path);
    const good = Array.from({ length: report.passed }, (): Outcome => ({ title: "", passed: true, expected: "", found: "" }));
    const bad = report.failures.map((failure): Outcome => ({ title: failure, passed: false, expected: "SkyPilot's plan or a cheaper one", found: failure }));
    return [...good, ...bad];
  };
}
