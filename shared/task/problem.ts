// One thing that is wrong in a user's file, with the place to look at, and its form for the terminal.

export interface Problem {
  /** SkyPilot's exception class, because programs look at it: "ValueError", "InvalidSkyPilotConfigError"... */
  readonly class: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** JSON path inside its document, for example `$.resources.cpus`. */
  readonly path?: string;
  /** One line, no period. */
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  /** The line of the file, without its line end. */
  readonly excerpt?: string;
}

// A terminal is about this wide; longer lines are cut around the column.
const EXCERPT_WIDTH_MAX = 96;

/**
 * The problem as text: `file:line:column: what`, the line with a caret below, then the hint.
 * Lines are joined by "\n", without one at the end.
 */
export function formatProblem(problem: Problem, file: string): string {
  const place = [file, problem.line, problem.line === undefined ? undefined : problem.column]
    .filter((part) => part !== undefined)
    .join(":");
  const lines = [`${place}: ${problem.message}`];
  if (problem.line !== undefined && problem.excerpt !== undefined) {
    lines.push(...formatExcerpt(problem.line, problem.column ?? 1, problem.excerpt));
  }
  if (problem.hint !== undefined) lines.push(`  try: ${problem.hint}`);
  return lines.join("\n");
}

function formatExcerpt(line: number, column: number, excerpt: string): string[] {
  const gutter = String(line);
  const blank = " ".repeat(gutter.length);
  const start = Math.max(0, Math.min(column - 1 - EXCERPT_WIDTH_MAX / 2, excerpt.length - EXCERPT_WIDTH_MAX));
  const shown = excerpt.slice(start, start + EXCERPT_WIDTH_MAX);
  // A tab in the line must stay a tab above the caret, or the caret points elsewhere.
  const indent = shown.slice(0, column - 1 - start).replace(/[^\t]/g, " ");
  return [`  ${gutter} | ${shown}`, `  ${blank} | ${indent}^`];
}
