// The one judge of task files: what `task validate` accepts, the client sends and the server launches.
import { launchProblems } from "./launch-rules.ts";
import { applyOverridesToDag, type TaskOverrides } from "./override.ts";
import { parseDag, type ParseOptions } from "./parse.ts";
import type { Problem } from "./problem.ts";
import type { Dag, Task } from "./task.ts";

export interface JudgeOptions extends ParseOptions {
  /** What flags lay over the file. */
  readonly overrides?: TaskOverrides;
  /** A user's own file, which must say something; programs may send a task with nothing in it. */
  readonly isWritten?: boolean;
}

export type Judged =
  | { readonly ok: true; readonly dag: Dag; readonly warnings: readonly Problem[] }
  /** `from`: where the first problem was written. */
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly from: "file" | "flags" };

/** A task with nothing to do: a launch makes the cluster alone. */
export const emptyTask: Task = {
  numNodes: 1,
  resources: { kind: "set", alternatives: [{}] },
  envs: {},
  secrets: {},
  secretReferences: [],
  fileMounts: {},
  storageMounts: {},
  volumes: {},
};

const NO_TASK: Problem = {
  class: "ValueError",
  message: "the file is empty: it has no task",
  hint: "begin with keys such as run: and resources:",
  line: 1,
  column: 1,
};

/**
 * The tasks of a file with flags laid over them, or all that stands against launching them: the language's rules, then those of
 * a launch. Strict unless told otherwise. A file without a task is refused, as SkyPilot does. Never throws.
 */
export function judgeText(text: string, options: JudgeOptions = {}): Judged {
  const parsed = parseDag(text, { strict: true, ...options });
  if (!parsed.ok) return { ...parsed, from: "file" };
  const { dag, warnings } = parsed;
  if (dag.tasks.length === 0 || (options.isWritten === true && parsed.isBlank))
    return { ok: false, problems: [NO_TASK], from: "file" };
  const judged = judgeDag(dag, options.overrides);
  if (judged.ok) return { ...judged, warnings };
  const placed = dag.tasks.flatMap((task, index) =>
    launchProblems(task).map((problem) => parsed.located(index, problem.where, problem)),
  );
  const problems = judged.problems.map(
    (problem) => placed.find(({ message }) => message === problem.message) ?? problem,
  );
  return { ok: false, problems, from: problems[0]?.line === undefined ? "flags" : "file" };
}

/** The same for tasks that stand in no file. */
export function judgeDag(dag: Dag, overrides?: TaskOverrides): Judged {
  const laid = overrides === undefined ? { ok: true as const, dag } : applyOverridesToDag(dag, overrides);
  if (!laid.ok) return { ...laid, from: "flags" };
  const problems = laid.dag.tasks
    .flatMap((task) => launchProblems(task))
    .map(({ where: _where, ...problem }) => problem);
  return problems.length === 0 ? { ok: true, dag: laid.dag, warnings: [] } : { ok: false, problems, from: "flags" };
}
