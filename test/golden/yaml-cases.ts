// Runs cases of task, storage, service, pool and DAG files: the normal form in SkyPilot's words, or the error.
import { z } from "zod";
import type { Problem } from "#shared/task/problem.ts";
import { parseDag, parseTask } from "#shared/task/parse.ts";
import { skypilotAlternative, skypilotTask } from "#shared/task/skypilot-form.ts";
import type { Dag, Task } from "#shared/task/task.ts";
import { checkConfigText } from "#shared/config/check.ts";
import { canonical, type Outcome } from "./outcome.ts";

const yamlCase = z.looseObject({
  group: z.string(),
  yaml: z.string(),
  ok: z.boolean(),
  result: z.unknown().optional(),
  error_class: z.string().optional(),
  error_tokens: z.array(z.string()).optional(),
  suggestions: z.array(z.string()).optional(),
  field: z.string().optional(),
});

type YamlCase = z.infer<typeof yamlCase>;

/** `strict`: judged as the server does. */
export function runYamlCases(content: unknown, options: { readonly strict: boolean }): Outcome[] {
  return z.array(yamlCase).parse(content).map((one) => {
    const found = run(one, options);
    const expected = expectation(one);
    return { title: `${one.group}: ${one.yaml}`, passed: agrees(one, found), expected, found: shown(found) };
  });
}

type Found = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly problems: readonly Problem[] };

function run(one: YamlCase, options: { readonly strict: boolean }): Found {
  if (one.group === "config") {
    const problems = checkConfigText(one.yaml, options).problems;
    return problems.length === 0 ? { ok: true, result: undefined } : { ok: false, problems };
  }
  if (one.group === "dag") {
    const parsed = parseDag(one.yaml, options);
    return parsed.ok ? { ok: true, result: recordedDag(parsed.dag) } : parsed;
  }
  const parsed = parseTask(one.yaml, options);
  return parsed.ok ? { ok: true, result: recordedTask(parsed.task) } : parsed;
}

function expectation(one: YamlCase): string {
  if (one.ok) return canonical(one.result ?? "accepted");
  return `${one.error_class} about ${canonical([...(one.error_tokens ?? []), one.field ?? ""])}, suggesting ${canonical(one.suggestions)}`;
}

function shown(found: Found): string {
  return found.ok ? canonical(found.result ?? "accepted") : found.problems.map((problem) => `${problem.class}: ${said(problem)}`).join(" | ");
}

function said(problem: Problem): string {
  return problem.hint === undefined ? problem.message : `${problem.message} [${problem.hint}]`;
}

function agrees(one: YamlCase, found: Found): boolean {
  if (one.ok !== found.ok) return false;
  if (found.ok) return one.result === undefined || canonical(ordered(one.result)) === canonical(ordered(found.result));
  const [first] = found.problems;
  const text = found.problems.map(said).join("\n");
  const words = [...(one.error_tokens ?? []), ...(one.suggestions ?? []), one.field ?? ""];
  return first?.class === one.error_class && words.every((word) => word === "$" || text.includes(word));
}

/** A set of alternatives has no order. */
function ordered(result: unknown): unknown {
  if (typeof result !== "object" || result === null) return result;
  const record: Record<string, unknown> = { ...result };
  if (Array.isArray(record["tasks"])) record["tasks"] = record["tasks"].map(ordered);
  const alternatives = record["resources_alternatives"];
  if (record["resources_kind"] === "set" && Array.isArray(alternatives)) {
    record["resources_alternatives"] = [...alternatives].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
  }
  return record;
}

export function recordedDag(dag: Dag): unknown {
  return {
    name: dag.name ?? null,
    execution: dag.kind === "job-group" ? "parallel" : "serial",
    primary_tasks: dag.group?.primaryTasks ?? null,
    termination_delay: dag.group?.terminationDelay ?? null,
    inter_connection: dag.group?.interConnection ?? null,
    tasks: dag.tasks.map(recordedTask),
  };
}

export function recordedTask(task: Task): unknown {
  const { resources: _resources, _user_specified_yaml: _yaml, _metadata, ...keys } = skypilotTask(task);
  return {
    ...keys,
    resources_kind: task.resources.kind === "list" ? "ordered" : "set",
    resources_alternatives: task.resources.alternatives.map(skypilotAlternative),
  };
}
