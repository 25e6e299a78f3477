// Comma-separated text as records by column name. Quotes as RFC 4180 has them; a line cut short is an error.
import { StixError } from "#shared/errors/stix-error.ts";

/** Records by header name. Empty lines are skipped. @throws StixError naming the line whose fields do not fit the header. */
export function parseCsv(text: string, origin = "the table"): Readonly<Record<string, string>>[] {
  return [...csvRecords(text, origin)];
}

/** As `parseCsv`, one at a time: large lists are not held twice. */
export function* csvRecords(text: string, origin: string): Generator<Readonly<Record<string, string>>> {
  const lines = csvLines(text);
  const first = lines.next();
  if (first.done === true) return;
  const header = first.value;
  let lineNumber = 1;
  for (const fields of lines) {
    lineNumber += 1;
    if (fields.length === 1 && fields[0] === "") continue;
    if (fields.length !== header.length) throw cutShort(origin, lineNumber, header.length, fields.length);
    const record: Record<string, string> = {};
    for (let index = 0; index < header.length; index += 1) record[header[index] ?? ""] = fields[index] ?? "";
    yield record;
  }
}

function* csvLines(text: string): Generator<string[]> {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    const line = text.slice(at, text[end - 1] === "\r" ? end - 1 : end);
    if (!line.includes('"')) {
      yield line.split(",");
      at = end + 1;
      continue;
    }
    const quoted = quotedFields(text, at);
    yield quoted.fields;
    at = quoted.next;
  }
}

function quotedFields(text: string, start: number): { readonly fields: string[]; readonly next: number } {
  const fields: string[] = [];
  let field = "";
  let inside = false;
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text[at];
    if (inside) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else inside = false;
    } else if (char === '"') inside = true;
    else if (char === ",") {
      fields.push(field);
      field = "";
    } else if (char === "\n") break;
    else if (char !== "\r") field += char;
  }
  fields.push(field);
  return { fields, next: at + 1 };
}

function cutShort(origin: string, line: number, wanted: number, found: number): StixError {
  return new StixError({
    code: "bad-value",
    message: `line ${line} of '${origin}' has ${found} fields where the header has ${wanted}`,
    hint: "the file may be half written: fetch it again, or delete it to use the built-in prices",
  });
}
