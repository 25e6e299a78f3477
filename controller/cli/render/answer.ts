// The answer of a command: one JSON document, or text.
import type { CliContext } from "../context.ts";
import type { TableStyle } from "./table.ts";

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

/** Seconds since the epoch. */
export function nowSeconds(context: CliContext): number {
  return context.clock.now() / 1000;
}
