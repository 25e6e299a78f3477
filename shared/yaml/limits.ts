// What is refused before any parsing: text too large, not text, or nested too deeply to be a task.
import type { YamlFault } from "./fault.ts";

/** Bytes of a file. A hundred times the largest task seen; parsing it takes under a second. */
export const YAML_BYTES_MAX = 1_048_576;

// The characters YAML allows; everything else is binary or a broken encoding.
const FORBIDDEN = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** A fault when the text must not reach the parser; undefined when it may. */
export function scanLimits(text: string): YamlFault | undefined {
  if (text.length > YAML_BYTES_MAX) {
    const megabytes = (text.length / 1_048_576).toFixed(1);
    return fault(text, 0, "ValueError", `the file is ${megabytes} MB, more than the 1 MB a YAML file may have`);
  }
  const odd = FORBIDDEN.exec(text);
  if (odd !== null) return fault(text, odd.index, "ReaderError", "this is no text file: it has bytes that YAML does not allow");
  const deep = firstTooDeep(text);
  return deep === undefined ? undefined : fault(text, deep, "ParserError", "the file is nested too deeply");
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
