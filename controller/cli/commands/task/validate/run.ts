// `task validate`: each file judged by the language's own rules, as rows for programs or as problems with their places.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { formatProblem } from "#shared/task/problem.ts";
import { validatePaths, validationRecord, type FileTree, type ValidationRow } from "#shared/task/validate.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { paint } from "#controller/cli/print/colour.ts";
import { fileFacts } from "#controller/cli/frame/file-facts.ts";

export async function validateFiles(context: CliContext, paths: readonly string[], json: boolean): Promise<number> {
  const expand = (path: string) => path.replace(/^~(?=\/|$)/, context.env["HOME"] ?? "~");
  const rows = validatePaths(paths, diskTree(expand));
  if (json) context.stdout.write(rows.map((row) => `${JSON.stringify(validationRecord(row))}\n`).join(""));
  else context.stdout.write(rows.map((row) => shown(row, context.stdout.colour)).join("") + summary(rows));
  return rows.every((row) => row.ok) ? 0 : 1;
}

function diskTree(expand: (path: string) => string): FileTree {
  return {
    listFolder: (path) =>
      fileFacts(path)?.isDirectory() === true ? readdirSync(path).map((name) => join(path, name)) : undefined,
    readBytes: (path) => (fileFacts(path)?.isDirectory() === false ? readFileSync(path) : undefined),
    pathExists: (path) => existsSync(expand(path)),
    isFile: (path) => fileFacts(expand(path))?.isDirectory() === false,
  };
}

function shown(row: ValidationRow, colour: boolean): string {
  if (!row.ok)
    return row.errors.map((problem) => `${paint(colour, "red", "✗")} ${formatProblem(problem, row.path)}\n`).join("");
  const tasks =
    row.tasks > 1
      ? `${row.kind}, ${row.tasks} tasks`
      : `${row.kind}${row.tasks === 0 && row.kind !== "volume" ? ", no task" : ""}`;
  const warnings = row.warnings.map((warning) => `  warning: ${warning.message}\n`).join("");
  return `${paint(colour, "green", "✓")} ${row.path}: ${tasks}\n${warnings}`;
}

function summary(rows: readonly ValidationRow[]): string {
  const bad = rows.filter((row) => !row.ok).length;
  return rows.length > 1 ? `${rows.length - bad} good, ${bad} bad\n` : "";
}
