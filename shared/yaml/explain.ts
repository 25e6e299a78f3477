// What the parser says of a text that is no YAML, in the words of somebody who writes a task: what stands there, and what to write.

export interface Explained {
  readonly message: string;
  readonly hint?: string;
}

/** Where the fault is: its line, and the column in it (from 1). */
export interface FaultLine {
  readonly line: string;
  readonly column: number;
}

type Explain = (match: readonly string[], at: FaultLine) => Explained;

const QUOTE_IT = "text with such a sign in it needs quotes";

/** By the parser's message; the first that fits. */
const EXPLANATIONS: readonly (readonly [RegExp, Explain])[] = [
  [
    /^flow (sequence|map)\b.* end with a (.)/,
    ([, kind, close]) => ({
      message: `${kind === "map" ? "a mapping begun with '{'" : "a list begun with '['"} has no '${close}' at its end`,
      hint: `add '${close}'`,
    }),
  ],
  [
    /^missing closing (.)quote/,
    ([, quote]) => ({
      message: `text that begins with ${quote} has no ${quote} at its end`,
      hint: `add the ${quote}; a quote that belongs to the text goes inside other quotes`,
    }),
  ],
  [/^tabs are not allowed/, () => ({ message: "this line is indented with a tab", hint: "indent with spaces" })],
  [
    /^all mapping items must start at the same column/,
    () => ({
      message: "this key is indented differently than the keys it stands with",
      hint: "begin it in the same column as they do",
    }),
  ],
  [/^nested mappings are not allowed in compact/, (_, at) => secondColon(at)],
  [/^implicit (?:map )?keys need/, (_, at) => lineWithoutKey(at)],
  [
    /^unexpected block-seq-ind on same line/,
    (_, { line }) => ({
      message: "a list begins in the line of its key",
      hint: `put it on the next line, or write ${keyOf(line)}: [${valueOf(line).replace(/^-\s*/, "")}]`,
    }),
  ],
  [
    /^plain value cannot start with .*(\S)$/,
    ([, sign], { line }) => ({
      message: `a value cannot begin with ${sign}`,
      hint: `${QUOTE_IT}: ${keyOf(line)}: ${quoted(valueOf(line))}`,
    }),
  ],
  [
    /^alias cannot be an empty string/,
    (_, { line }) => ({ message: "'*' alone is no value", hint: `${QUOTE_IT}: ${keyOf(line)}: "*"` }),
  ],
  [
    /^unexpected flow-(seq|map)-end token/,
    ([, kind]) => ({
      message: kind === "seq" ? "']' has no '[' before it" : "'}' has no '{' before it",
      hint: "remove it, or put the text in quotes",
    }),
  ],
  [
    /^unexpected scalar at node end/,
    (_, at) =>
      isFirst(at)
        ? strayLine(at)
        : {
            message: `'${at.line.slice(at.column - 1).trim()}' stands behind a value that has ended`,
            hint: "put all of the text in one pair of quotes",
          },
  ],
  [
    /^unexpected [\w-]+ token/,
    (_, { line, column }) => ({
      message: `'${line
        .slice(column - 1)
        .trim()
        .slice(0, 20)}' stands where nothing more is expected`,
      hint: "look at the line above, and at how this one is indented",
    }),
  ],
  [
    /^block scalar header includes extra characters/,
    () => ({ message: "text stands in the line of '|' or '>'", hint: "begin the text on the next line, indented" }),
  ],
  [
    /^block scalar values in collections must be indented/,
    () => ({
      message: "the text below '|' or '>' is not indented further than its key",
      hint: "indent it with two spaces",
    }),
  ],
  [
    /^invalid escape sequence (\S+)/,
    ([, escape = ""]) => ({
      message: `'${escape}' means nothing between double quotes`,
      hint: `write \\${escape}, or use single quotes`,
    }),
  ],
  [
    /^block collections are not allowed within flow/,
    () => ({ message: "a comma is missing between two entries in brackets", hint: "write {a: 1, b: 2}" }),
  ],
  [
    /^sequence item without - indicator/,
    () => ({
      message: "a line of this list does not begin with '- '",
      hint: "begin it with '- ', or indent it below the item it belongs to",
    }),
  ],
  [
    /^comments must be separated/,
    () => ({
      message: "'#' begins a comment only after a space",
      hint: "put a space before it, or the text in quotes",
    }),
  ],
  [
    /^block collection cannot start on same line/,
    () => ({ message: "text stands behind '---'", hint: "begin the document on the next line" }),
  ],
  [
    /^(?:unsupported YAML version|unknown directive|missing directives-end)/,
    () => ({
      message: "a line that begins with % is an instruction to readers of YAML, and this one is not known",
      hint: "remove it, or put the text in quotes",
    }),
  ],
];

/** The parser's own message where nothing better is known. */
export function explainFault(message: string, at: FaultLine): Explained {
  for (const [pattern, explain] of EXPLANATIONS) {
    const match = pattern.exec(message);
    if (match !== null) return explain(match, at);
  }
  return { message };
}

/** "run: echo hi: there", or a text value with an indented line below it. */
function secondColon({ line, column }: FaultLine): Explained {
  const rest = line.slice(column - 1);
  if (/:(\s|$)/.test(rest))
    return {
      message: "a second ': ' stands in this line",
      hint: `${QUOTE_IT}: ${keyOf(line)}: ${quoted(valueOf(line))}`,
    };
  return {
    message: `'${keyOf(line)}' has a value in its own line and more below it`,
    hint: "begin the line below in the same column as its neighbours, or take the value away",
  };
}

/** A line that should hold a key and does not. */
function lineWithoutKey(at: FaultLine): Explained {
  const text = at.line.trim();
  if (/^- /.test(text) || text === "-")
    return { message: "a list item stands where a key is expected", hint: "indent the list below its key" };
  const glued = /^([\w.-]+):(\S.*)$/.exec(text);
  if (glued?.[1] !== undefined && glued[2] !== undefined)
    return { message: `a space is missing after the colon of '${glued[1]}'`, hint: `${glued[1]}: ${glued[2]}` };
  const shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
  return {
    message: `a key with a colon behind it is expected here, found '${shown}'`,
    hint: /^[\w-]+$/.test(text) ? `${text}: value` : "write key: value; text of several lines goes below key: |",
  };
}

const SHOWN_MAX = 40;

function strayLine({ line }: FaultLine): Explained {
  return {
    message: `'${keyOf(line)}' does not belong to the list above it`,
    hint: "begin the line with '- ', or indent it below the item it belongs to",
  };
}

function isFirst({ line, column }: FaultLine): boolean {
  return line.slice(0, column - 1).trim() === "";
}

function keyOf(line: string): string {
  return /^\s*(?:-\s+)?([^:]*?)\s*(?::|$)/.exec(line)?.[1] ?? "key";
}

function valueOf(line: string): string {
  return /^[^:]*:\s+(.*?)\s*$/.exec(line)?.[1] ?? line.trim();
}

function quoted(value: string): string {
  return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
}
