// Collects what is wrong in a file while it is read, with the place of each thing.
import type { z } from "zod";
import { schemaFaults } from "../schema/faults.ts";
import type { YamlDocument } from "../yaml/document.ts";
import type { Place, YamlPath } from "../yaml/fault.ts";
import { oneLine } from "../yaml/python-text.ts";
import type { Problem } from "./problem.ts";

/** Where reading stands: a file's report, the document, and the path inside it. */
export interface Scope {
  readonly report: Report;
  readonly document: YamlDocument;
  readonly path: YamlPath;
}

export interface Report {
  readonly problems: Problem[];
  readonly warnings: Problem[];
  /** Tasks that were read without a fault, in their order. */
  readonly tasks: Scope[];
  /** Lines of the file, for excerpts. */
  readonly lines: readonly string[];
}

export interface Advice {
  readonly hint?: string;
  /** Points at the key instead of its value. */
  readonly at?: "key" | "value";
}

export function newReport(text: string): Report {
  return { problems: [], warnings: [], tasks: [], lines: text.split(/\r\n|\n|\r/) };
}

export function within(scope: Scope, ...steps: YamlPath): Scope {
  return { ...scope, path: [...scope.path, ...steps] };
}

/** Adds a problem and returns undefined, so that a reader can end with it. */
export function refuse(scope: Scope, className: string, message: string, advice: Advice = {}): undefined {
  const { problems } = scope.report;
  if (problems.length < PROBLEMS_MAX) problems.push(problemAt(scope, className, message, advice));
}

// A file with more is wrong as a whole.
const PROBLEMS_MAX = 50;

// What is longer than a paragraph is not read; values and lines of a file may be a megabyte.
const MESSAGE_MAX = 1000;
const EXCERPT_MAX = 2000;

export function warn(scope: Scope, message: string, advice: Advice = {}): void {
  scope.report.warnings.push(problemAt(scope, "Warning", message, advice));
}

function problemAt(scope: Scope, className: string, message: string, advice: Advice): Problem {
  const place = scope.document.placeOf(scope.path, advice.at ?? "value");
  return placedProblem(scope.report, place, className, message, advice.hint);
}

export function placedProblem(
  report: Report,
  place: Place,
  className: string,
  message: string,
  hint: string | undefined,
): Problem {
  const excerpt = report.lines[place.line - 1]?.slice(0, EXCERPT_MAX);
  return {
    class: className,
    ...place,
    message: oneLine(message.length > MESSAGE_MAX ? `${message.slice(0, MESSAGE_MAX)}...` : message),
    ...(hint === undefined ? {} : { hint: oneLine(hint) }),
    ...(excerpt === undefined ? {} : { excerpt }),
  };
}

export const SCHEMA_ERROR = "InvalidSkyPilotConfigError";

/**
 * Reads `value` with `schema`; on faults reports each and returns undefined.
 * `section` names what is checked ("resources"); it begins every message.
 */
export function checked<Schema extends z.ZodType>(
  scope: Scope,
  section: string,
  schema: Schema,
  value: unknown,
): z.infer<Schema> | undefined {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  for (const fault of schemaFaults(schema, result.error.issues)) {
    const advice = fault.hint === undefined ? { at: fault.at } : { at: fault.at, hint: fault.hint };
    refuse(within(scope, ...fault.path), SCHEMA_ERROR, `${section}: ${fault.message}`, advice);
  }
  return undefined;
}

/** SkyPilot lets an unknown key without a value through its schema and fails after it. */
export function refuseEmptyUnknown(scope: Scope, key: string): undefined {
  return refuse(scope, "AssertionError", `unknown key '${key}', with no value`, { at: "key", hint: "remove it" });
}

/** Python's `str` of the value at the scope: numbers as they were written. */
export function textAt(scope: Scope, value: unknown): string {
  return scope.document.textOf(scope.path) ?? String(value);
}

/** Whether a number was written as a fraction ("2.0"), which whole-number fields refuse. */
export function isWrittenAsFraction(scope: Scope, value: unknown): boolean {
  return typeof value === "number" && !/^-?\d+$/.test(textAt(scope, value));
}
