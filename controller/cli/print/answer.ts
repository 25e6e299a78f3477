// The answer of a command: one JSON document, or text.
import { width } from "#shared/table/layout.ts";
import { wrapText } from "#shared/table/lines.ts";
import type { CliContext, Output } from "#controller/cli/frame/context.ts";
import type { TableStyle } from "./table.ts";

/** Below this the server would refuse, and nothing could be read anyway. */
const WIDTH_MIN = 20;

const DEEPER = "  ";

export function printJson(context: CliContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

export function printLine(context: CliContext, line: string): void {
  context.stdout.write(`${line}\n`);
}

/** The width and colours of the answer's terminal. */
export function tableStyle(context: CliContext): TableStyle {
  return { columns: context.stdout.columns, colour: context.stdout.colour };
}

/** For calls whose answer the server prints: how wide it may be. Nothing where the answer goes to no terminal. */
export function widthOf(output: Pick<Output, "columns">): { readonly stix_columns?: number } {
  return output.columns === Infinity ? {} : { stix_columns: Math.max(WIDTH_MIN, output.columns) };
}

/** The same output with the lines that match broken at words, what goes on standing deeper. For prose: a broken command could not be pasted. */
export function wrappedOutput(output: Output, prose: RegExp): Output {
  if (output.columns === Infinity) return output;
  const broken = (line: string) => {
    const indent = " ".repeat(Math.min(line.length - line.trimStart().length, WIDTH_MIN / 2));
    const [first = "", ...rest] = wrapText(
      line.trimStart(),
      Math.max(WIDTH_MIN, output.columns - indent.length - DEEPER.length),
    );
    return [`${indent}${first}`, ...rest.map((part) => `${indent}${DEEPER}${part}`)].join("\n");
  };
  return {
    ...output,
    write: (text) =>
      output.write(
        text
          .split("\n")
          .map((line) => (width(line) > output.columns && prose.test(line) ? broken(line) : line))
          .join("\n"),
      ),
  };
}

/** Seconds since the epoch. */
export function nowSeconds(context: CliContext): number {
  return context.clock.now() / 1000;
}
