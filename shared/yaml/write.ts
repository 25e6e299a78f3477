// Writes values as YAML that PyYAML and we read back as the same.
import { Document, isScalar, visit } from "yaml";
import { plainScalar } from "./plain-scalar.ts";
import { pythonFloat } from "./python-text.ts";

/** Block style, keys in order, a blank line between top-level keys; ends with a line break. */
export function writeYaml(value: Readonly<Record<string, unknown>>): string {
  const sections = Object.entries(value).map(([key, inner]) => writeEntry({ [key]: inner }));
  return sections.length === 0 ? "{}\n" : sections.join("\n");
}

function writeEntry(entry: Readonly<Record<string, unknown>>): string {
  const document = new Document(entry, {
    schema: "failsafe",
    aliasDuplicateObjects: false,
    toStringDefaults: { lineWidth: 0 },
  });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === "string") quoteWhereNeeded(node);
      else node.value = plainText(node.value);
    },
  });
  return document.toString({ lineWidth: 0, indentSeq: false });
}

/** Text that YAML 1.1 would read as something else stands in quotes. */
function quoteWhereNeeded(node: { value?: unknown; type?: string }): void {
  const text = String(node.value);
  const isPlain =
    plainScalar(text).kind === "text" && !/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]|[\t ]\n|\r/.test(text);
  if (!isPlain || text.startsWith("\n") || text.trim() !== text) node.type = "QUOTE_DOUBLE";
  if (isScalar(node) && text.includes("\n") && text.trimEnd() !== text && isPlain && /^\S/.test(text))
    node.type = "BLOCK_LITERAL";
}

/** Numbers, flags and null as plain words. */
function plainText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) < 1e16 ? String(value) : yamlFloat(value);
  if (typeof value === "symbol") return value.description ?? "";
  return typeof value === "boolean" || typeof value === "bigint" ? String(value) : "";
}

/** PyYAML wants a point in the mantissa and signs its infinities with one. */
function yamlFloat(value: number): string {
  const text = pythonFloat(value);
  if (text === "inf" || text === "-inf") return text.replace("inf", ".inf");
  if (text === "nan") return ".nan";
  return /^-?\d+e/.test(text) ? text.replace("e", ".0e") : text;
}
