// From the text of a task file to its normal form, or to all that is wrong with it. No I/O.
import { readYaml } from "../yaml/document.ts";
import type { YamlPath } from "../yaml/fault.ts";
import { SENT_BYTES_MAX, tooLargeWords, YAML_BYTES_MAX } from "../yaml/file-size.ts";
import { compact } from "./compact.ts";
import { checkPaths } from "./local-paths.ts";
import type { Problem } from "./problem.ts";
import { mappingOf, readDag } from "./read-dag.ts";
import { readTask, type TaskOptions } from "./read-task.ts";
import { newReport, placedProblem, type Report } from "./report.ts";
import type { Dag, Task } from "./task.ts";

export interface ParseOptions extends TaskOptions {
  /** Name of the file in problems; parsing does not open it. */
  readonly file?: string;
  /** The text is what a client wrote, with the user's file inside. */
  readonly isSent?: boolean;
  /** Folder that relative paths of the task begin from; for `checkPaths`. */
  readonly baseDir?: string;
  /** Refuse local paths that do not exist; needs `pathExists`. */
  readonly checkPaths?: boolean;
  readonly pathExists?: (path: string) => boolean;
  /** True of a path that exists and is no folder; no workdir can be one. */
  readonly isFile?: (path: string) => boolean;
}

export type ParsedDag =
  | {
      readonly ok: true;
      readonly dag: Dag;
      readonly warnings: readonly Problem[];
      readonly located: Locate;
      /** Nothing is written in it. */ readonly isBlank: boolean;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A problem of the task with this index, with the place of a key of it in the file. */
export type Locate = (task: number, where: YamlPath, problem: Problem) => Problem;

export type ParsedTask =
  | { readonly ok: true; readonly task: Task; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A file of one task, a pipeline or a job group, as users write it and as SkyPilot's client sends it; it may hold no task at all.
 * Never throws; the first problem is the one SkyPilot would raise. Whether it may be launched is judge.ts's to say.
 */
export function parseDag(text: string, options: ParseOptions = {}): ParsedDag {
  const report = newReport(text);
  const file = readYaml(text, options.isSent === true ? SENT_BYTES_MAX : YAML_BYTES_MAX);
  if (!file.ok) return { ok: false, problems: faultProblems(report, file.faults) };
  const dag = readDag(report, file.documents, options);
  if (dag === undefined || report.problems.length > 0) return { ok: false, problems: report.problems };
  const bytes = ownBytes(dag, text);
  if (bytes > YAML_BYTES_MAX) return { ok: false, problems: [{ class: "ValueError", ...tooLargeWords(bytes) }] };
  const missing = checkPaths(dag, options);
  if (missing.length > 0) return { ok: false, problems: missing };
  const isBlank = file.documents.every(
    ({ value }) => value === null || (typeof value === "object" && Object.keys(value).length === 0),
  );
  return {
    ok: true,
    dag,
    warnings: report.warnings,
    isBlank,
    located: (task, where, problem) => located(report, task, where, problem),
  };
}

/** Of the file that the user wrote: where a client sends it along, not of what the client made of it. */
function ownBytes(dag: Dag, text: string): number {
  const own = dag.tasks.flatMap(({ userYaml }) => (userYaml === undefined ? [] : [Buffer.byteLength(userYaml)]));
  return own.length === 0 ? Buffer.byteLength(text) : Math.max(...own);
}

function located(report: Report, task: number, where: YamlPath, problem: Problem): Problem {
  const place = report.tasks[task]?.document.placeOf(where, "value");
  return place === undefined ? problem : placedProblem(report, place, problem.class, problem.message, problem.hint);
}

/** A text of one task; nothing at all is a task with nothing to do. */
export function parseTask(text: string, options: ParseOptions = {}): ParsedTask {
  const report = newReport(text);
  const file = readYaml(text);
  if (!file.ok) return { ok: false, problems: faultProblems(report, file.faults) };
  const document = file.documents[0] ?? { value: {}, placeOf: () => ({ line: 1, column: 1 }), textOf: () => undefined };
  const scope = { report, document: document.value === null ? { ...document, value: {} } : document, path: [] };
  const second = file.documents[1];
  if (second !== undefined) {
    return {
      ok: false,
      problems: [
        placedProblem(
          report,
          second.placeOf([], "value"),
          "ComposerError",
          "one document is expected here, and this is a second one",
          undefined,
        ),
      ],
    };
  }
  const keys = mappingOf(scope);
  const task = keys === undefined ? undefined : readTask(scope, keys, options);
  if (task === undefined || report.problems.length > 0) return { ok: false, problems: report.problems };
  return { ok: true, task, warnings: report.warnings };
}

type Faults = Extract<ReturnType<typeof readYaml>, { readonly ok: false }>["faults"];

function faultProblems(report: Report, faults: Faults): Problem[] {
  return faults.map((fault) =>
    fault.line === 0
      ? { class: fault.class, message: fault.message, ...compact({ hint: fault.hint }) }
      : placedProblem(report, fault, fault.class, fault.message, fault.hint),
  );
}
