// `doctor`: every check on a line, and below what is not well the command that mends it.
import { wrapText } from "#shared/table/lines.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { printJson } from "#controller/cli/print/answer.ts";
import { paint, type Colour } from "#controller/cli/print/colour.ts";
import { gatherFacts } from "./gather-facts.ts";
import { judgeFacts, type Check } from "./judge-facts.ts";

const marks: Readonly<Record<Check["state"], readonly [string, Colour]>> = {
  good: ["✓", "green"],
  doubtful: ["!", "yellow"],
  bad: ["✗", "red"],
};
const NAME_WIDTH = 12;
const WIDTH_MIN = 40;

/** 1 when something is wrong, 0 otherwise. */
export async function printDoctor(
  context: CliContext,
  options: { readonly config: readonly string[]; readonly output: "table" | "json" },
): Promise<number> {
  const connection = await context.connect({ config: options.config, noStart: true });
  const checks = judgeFacts(await gatherFacts(context, connection));
  const isWell = checks.every((check) => check.state !== "bad");
  if (options.output === "json")
    printJson(context, {
      ok: isWell,
      checks: checks.map(({ name, state, what, cure }) => ({ name, state, what, cure: cure ?? null })),
    });
  else context.stdout.write(`${checks.map((check) => shown(context, check)).join("")}\n${verdict(checks)}\n`);
  return isWell ? 0 : 1;
}

function shown({ stdout }: CliContext, { name, state, what, cure }: Check): string {
  const [mark, colour] = marks[state];
  const indent = " ".repeat(NAME_WIDTH + 3);
  const [first = "", ...rest] = wrapText(what, Math.max(WIDTH_MIN, stdout.columns) - indent.length);
  const lines = [
    `${paint(stdout.colour, colour, mark)} ${name.padEnd(NAME_WIDTH)} ${first}`,
    ...rest.map((line) => indent + line),
  ];
  return `${[...lines, ...(cure === undefined ? [] : [`${indent}${paint(stdout.colour, "cyan", "try:")} ${cure}`])].join("\n")}\n`;
}

function verdict(checks: readonly Check[]): string {
  const count = (state: Check["state"]) => checks.filter((check) => check.state === state).length;
  if (count("bad") === 0) return count("doubtful") === 0 ? "All is well." : "Nothing is broken.";
  return `${count("bad")} of ${checks.length} checks found something wrong.`;
}
