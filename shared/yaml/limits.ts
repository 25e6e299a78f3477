// What is refused before any parsing: text too large, not text, or nested too deeply to be a task.
import { Lexer } from "yaml";
import type { YamlFault } from "./fault.ts";
import { BIG_HINT, tooLargeWords } from "./file-size.ts";

/** Below this every text is parsed in time, whatever is in it. */
const SMALL_BYTES = 1024 * 1024;
/** Larger ones must consist of long texts: each token costs 4 µs here, and more when it is parsed. */
const TOKENS_MAX = 400_000;

// The characters YAML allows; everything else is binary or a broken encoding.
const FORBIDDEN = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** A fault when the text must not reach the parser; undefined when it may. */
export function scanLimits(text: string, bytesMax: number): YamlFault | undefined {
  const bytes = Buffer.byteLength(text);
  // Line 0: this is of no place in the file.
  if (bytes > bytesMax) return { class: "ValueError", line: 0, column: 0, ...tooLargeWords(bytes) };
  const odd = FORBIDDEN.exec(text);
  if (odd !== null)
    return fault(text, odd.index, "ReaderError", "this is no text file: it has bytes that YAML does not allow");
  if (bytes > SMALL_BYTES && hasTooManyTokens(text))
    return {
      class: "ValueError",
      line: 0,
      column: 0,
      message: "the file has more parts than a task can have",
      hint: BIG_HINT,
    };
  const deep = firstTooDeep(text);
  return deep === undefined ? undefined : fault(text, deep, "ParserError", "the file is nested too deeply");
}

function hasTooManyTokens(text: string): boolean {
  let count = 0;
  for (const _ of new Lexer().lex(text)) {
    count += 1;
    if (count > TOKENS_MAX) return true;
  }
  return false;
}

// Sixteen times the depth a document may have: text may hold brackets too.
const BRACKETS_MAX = 1024;

/**
 * Counts opening brackets and block dashes on one line only roughly: quotes are not understood, so the
 * bound is generous. It keeps the recursive parser away from input made to exhaust its stack.
 */
function firstTooDeep(text: string): number | undefined {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 91 || code === 123) depth += 1;
    if ((code === 93 || code === 125) && depth > 0) depth -= 1;
    if (depth > BRACKETS_MAX) return index;
  }
  return undefined;
}

function fault(text: string, offset: number, className: string, message: string): YamlFault {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { class: className, line, column: offset - before.lastIndexOf("\n"), message };
}
