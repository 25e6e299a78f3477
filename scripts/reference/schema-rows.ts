// Every key of a schema with the kinds of value it takes, as rows of a reference: one row a key, repeated parts named once.
import { plainText } from "#shared/yaml/python-text.ts";

export interface SchemaRow {
  /** `resources.autostop.idle_minutes`; `[]` for the items of a list, `*` for a name of the user's. */
  readonly path: string;
  readonly kinds: string;
}

/** Parts that stand in several places: the path they are written out at, and the ends of paths where they are only named. */
export interface Repeated {
  readonly at: string;
  readonly elsewhere: RegExp;
}

type Node = Readonly<Record<string, unknown>>;

const DEPTH_MAX = 12;
/** A choice of more words than this is described by its note. */
const WORDS_MAX = 8;

/** Rows in the order of the schema. `schema` is a JSON Schema of draft 2020-12 without references. */
export function schemaRows(schema: unknown, repeated: readonly Repeated[]): SchemaRow[] {
  const rows = new Map<string, string>();
  walk(schema, "", 0);
  return [...rows].map(([path, kinds]) => ({ path, kinds }));

  function walk(value: unknown, path: string, depth: number): void {
    const node = asNode(value);
    if (node === null || depth > DEPTH_MAX || repeated.some((part) => part.at !== path && part.elsewhere.test(path)))
      return;
    for (const member of membersOf(node)) walk(member, path, depth + 1);
    for (const [key, inner] of Object.entries(asNode(node["properties"]) ?? {})) {
      if (key.startsWith("_")) continue;
      const here = path === "" ? key : `${path}.${key}`;
      const before = rows.get(here);
      rows.set(here, before === undefined ? kindsOf(inner) : merged(before, kindsOf(inner)));
      walk(inner, here, depth + 1);
    }
    walk(node["items"], `${path}[]`, depth + 1);
    walk(node["additionalProperties"], `${path}.*`, depth + 1);
  }
}

function merged(left: string, right: string): string {
  return [...new Set([...left.split(" or "), ...right.split(" or ")])].join(" or ");
}

function kindsOf(value: unknown): string {
  const node = asNode(value);
  if (node === null) return "any";
  const members = membersOf(node);
  if (members.length > 0) return merged("", members.map(kindsOf).join(" or ")).replace(/^ or /, "");
  if (Array.isArray(node["enum"])) return wordsText(node["enum"]);
  if (node["const"] !== undefined) return `\`${plainText(node["const"])}\``;
  const types: unknown[] = Array.isArray(node["type"]) ? node["type"] : [node["type"]];
  return types.map((type) => kindText(type, node)).join(" or ");
}

function wordsText(words: readonly unknown[]): string {
  return words.length > WORDS_MAX ? "word" : words.map((word) => `\`${String(word)}\``).join(" or ");
}

function kindText(type: unknown, node: Node): string {
  switch (type) {
    case "string":
      return "text";
    case "integer":
      return "whole number";
    case "number":
      return "number";
    case "boolean":
      return "yes/no";
    case "array":
      return `list of ${kindsOf(node["items"]).replaceAll(" or ", "/")}`;
    case "object":
      return "mapping";
    case "null":
      return "nothing";
    default:
      // Only a pattern or nothing: the same words in other cases, or whatever is written.
      return "text";
  }
}

function membersOf(node: Node): readonly unknown[] {
  return ["anyOf", "oneOf", "allOf"].flatMap((name) => (Array.isArray(node[name]) ? (node[name] as unknown[]) : []));
}

function asNode(value: unknown): Node | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : null;
}
