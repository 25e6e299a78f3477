// The help page of one command.
import { plainText } from "#shared/yaml/python-text.ts";
import type { Argument, Command } from "../define-command.ts";
import type { Option, OptionGroup } from "../define-option.ts";
import { wrapText } from "#shared/table/lines.ts";
import type { Output } from "../context.ts";
import { paint } from "#controller/cli/print/colour.ts";

type PageStyle = Pick<Output, "columns" | "colour">;

const groupOrder: readonly OptionGroup[] = [
  "Task",
  "Resources",
  "Environment",
  "Cluster",
  "What to act on",
  "Behaviour",
  "Output",
];

const PAGE_WIDTH_MAX = 100;
const FLAG_WIDTH_MAX = 34;
/** Narrower than this, a flag stands above its text. */
const BESIDE_MIN = 70;
const BELOW_INDENT = 6;
/** A terminal that says less of itself is not believed. */
const LINE_MIN = 20;
const COMMAND_INDENT = "  ";
const CONTINUED = " \\";

export function renderCommandHelp(command: Command, program: string, style: PageStyle): string {
  const width = Math.min(style.columns, PAGE_WIDTH_MAX);
  const heading = (text: string) => paint(style.colour, "bold", text);
  const sections = [
    `${heading("Usage:")} ${wrapped(usageLine(command, program), " ".repeat(7), width).trimStart()}\n`,
    `${[`${command.summary}.`, ...command.description.split("\n").filter((line) => line !== "")].map((line) => wrapped(line, "", width)).join("\n\n")}\n`,
  ];
  if (command.planned !== undefined)
    sections.push(
      `${wrapped(`It is understood and does nothing yet: ${command.planned} are not built in this version.`, "", width)}\n`,
    );
  if (command.deprecated !== undefined) sections.push(`An old name. Use: ${program} ${command.deprecated}\n`);
  for (const group of groupOrder) {
    const options = Object.values(command.options).filter((option) => option.group === group && !option.hidden);
    if (options.length > 0)
      sections.push(`${heading(`${group}:`)}\n${options.map((option) => optionLines(option, width)).join("")}`);
  }
  sections.push(`${heading("Help:")}\n${described("  -h, --help", "Show this page", width)}`);
  if (command.examples.length > 0) {
    sections.push(`${heading("Examples:")}\n${exampleLines(command, program, style.columns)}`);
  }
  return sections.join("\n");
}

/** What each does stands beside it where there is room for all of them, else below. */
function exampleLines(command: Command, program: string, width: number): string {
  const longest = Math.max(...command.examples.map((example) => example.words.length));
  const beside = command.examples.map((example) => `  ${program} ${example.words.padEnd(longest)}   # ${example.does}`);
  if (beside.every((line) => line.length <= width)) return beside.map((line) => `${line}\n`).join("");
  return command.examples
    .map(({ words, does }) => `${wrappedCommand(`${program} ${words}`, width)}\n${wrapped(does, "      # ", width)}\n`)
    .join("");
}

/** Still one command when it is pasted. */
function wrappedCommand(line: string, width: number): string {
  return wrapText(line, Math.max(LINE_MIN, width - COMMAND_INDENT.length * 2 - CONTINUED.length))
    .map((part, at) => `${COMMAND_INDENT}${at === 0 ? "" : "  "}${part}`)
    .join(`${CONTINUED}\n`);
}

export function usageLine(command: Command, program: string): string {
  const args = Object.values(command.args).map(argumentText);
  const options = Object.values(command.options).some((option) => !option.hidden) ? ["[OPTIONS]"] : [];
  return [program, ...command.path, ...options, ...args].join(" ");
}

function argumentText(argument: Argument<unknown>): string {
  const text = argument.many ? `${argument.name}...` : argument.name;
  return argument.required ? text : `[${text}]`;
}

function optionLines(option: Option<unknown>, width: number): string {
  return described(`  ${flagText(option)}`, helpText(option), width);
}

/** "-c, --cluster TEXT", "--async / --no-async". */
function flagText(option: Option<unknown>): string {
  const short = option.flags.filter((flag) => flag.length === 2);
  const long = option.flags.filter((flag) => flag.length > 2);
  const on = [...short, ...long].join(", ");
  const off = option.negations.length === 0 ? "" : ` / ${option.negations.join(", ")}`;
  return `${on}${off}${valueText(option)}`;
}

function valueText(option: Option<unknown>): string {
  const { kind } = option;
  if (kind.is === "flag") return "";
  const name = {
    text: "TEXT",
    integer: "N",
    number: "N",
    choice: "CHOICE",
    folder: "FOLDER",
    "env-file": "FILE",
    env: "KEY[=VALUE]",
  }[kind.is];
  const shown = kind.is === "choice" && kind.choices.join("|").length <= FLAG_WIDTH_MAX ? kind.choices.join("|") : name;
  return option.bare === undefined ? ` ${shown}` : ` [${shown}]`;
}

function helpText(option: Option<unknown>): string {
  const { kind } = option;
  const choices =
    kind.is === "choice" && kind.choices.join("|").length > FLAG_WIDTH_MAX ? `: ${kind.choices.join(", ")}` : "";
  const hasDefault =
    kind.is !== "flag" && option.fallback !== undefined && !option.multiple && !option.help.includes("default");
  return `${option.help}${choices}${hasDefault ? ` (default ${plainText(option.fallback)})` : ""}`;
}

/** The flag in its column and the text beside it, or below when the flag is long or the terminal narrow. */
export function described(flag: string, text: string, width: number): string {
  const column = width < BESIDE_MIN ? BELOW_INDENT : FLAG_WIDTH_MAX + 2;
  const body = wrapped(text, " ".repeat(column), width);
  return flag.length < column - 1
    ? `${flag.padEnd(column)}${body.slice(column)}\n`
    : `${wrapped(flag.trimStart(), "  ", width)}\n${body}\n`;
}

/** Each line begins with the indent. */
export function wrapped(text: string, indent: string, width: number): string {
  return wrapText(text, Math.max(LINE_MIN, width - indent.length))
    .map((line) => indent + line)
    .join("\n");
}
