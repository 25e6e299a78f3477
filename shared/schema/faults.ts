// Turns zod's issues into faults as a JSON Schema validator would give them: which of several is told first,
// and which branch of an alternative the user most likely meant.
import type { z } from "zod";
import { shownRepr } from "../yaml/python-text.ts";
import { EXPLAINED, INTEGER_ISSUE } from "./shapes.ts";
import { similarWord } from "./similar.ts";

export interface SchemaFault {
  /** Path from the value that was checked. */
  readonly path: readonly (string | number)[];
  /** The same as text: `$.a[0]['b-c']`. */
  readonly pathText: string;
  readonly message: string;
  readonly hint?: string;
  /** Whether the fault is the key rather than its value. */
  readonly at: "key" | "value";
  /** The keys nobody knows, with the known word each may stand for. */
  readonly unknownKeys?: readonly { readonly key: string; readonly similar?: string }[];
}

type Rule = "type" | "enum" | "pattern" | "minimum" | "maximum" | "size" | "required" | "unknown" | "either" | "other";

interface Finding {
  readonly path: readonly (string | number)[];
  readonly rule: Rule;
  readonly message: string;
  readonly hint?: string;
  readonly unknown?: readonly string[];
  readonly branches?: readonly Finding[];
}

type Issue = z.core.$ZodIssue;

/**
 * Faults of one value against one schema, the one to tell first in front.
 * `issues` must come from a parse with `reportInput: true`.
 */
export function schemaFaults(schema: z.ZodType, issues: readonly Issue[]): SchemaFault[] {
  return findings(issues).map((finding) => toFault(narrow(finding), schema));
}

function findings(issues: readonly Issue[]): Finding[] {
  return inOrder(
    issues.map((issue) => toFinding(issue)),
    0,
  );
}

/** Of each mapping: first its missing keys, then its unknown ones, then what is wrong inside. */
function inOrder(found: readonly Finding[], depth: number): Finding[] {
  const here = found.filter((finding) => finding.path.length === depth);
  const inside = Map.groupBy(
    found.filter((finding) => finding.path.length > depth),
    (finding) => finding.path[depth],
  );
  return [
    ...here.filter((finding) => finding.rule === "required"),
    ...here.filter((finding) => finding.rule === "unknown"),
    ...here.filter((finding) => finding.rule !== "required" && finding.rule !== "unknown"),
    ...[...inside.values()].flatMap((group) => inOrder(group, depth + 1)),
  ];
}

function toFinding(issue: Issue): Finding {
  const path = issue.path.map((step) => (typeof step === "symbol" ? String(step.description) : step));
  const input = issue.input;
  switch (issue.code) {
    case "invalid_type":
      return input === undefined && path.length > 0
        ? missing(path)
        : wrongType(path, issue.expected, issue.message, input);
    case "unrecognized_keys":
      return { path, rule: "unknown", message: "", unknown: issue.keys };
    case "invalid_union":
      return {
        path,
        rule: "either",
        message: `${shownRepr(input)} has none of the forms allowed here`,
        branches: issue.errors.flatMap((branch) => findings(branch)),
      };
    case "invalid_format":
      if (issue.message.startsWith(EXPLAINED))
        return { path, rule: "pattern", message: `${shownRepr(input)} ${issue.message.slice(EXPLAINED.length)}` };
      return { path, rule: "pattern", message: `${shownRepr(input)} does not match '${patternText(issue)}'` };
    case "too_small":
      return tooSmall(path, input, issue.origin, Number(issue.minimum), issue.inclusive !== false);
    case "too_big":
      return tooBig(path, input, issue.origin, Number(issue.maximum));
    case "custom":
      return broken(path, input, issue.params ?? {});
    default:
      return { path, rule: "other", message: `${shownRepr(input)} is not allowed here` };
  }
}

function missing(path: readonly (string | number)[]): Finding {
  return { path: path.slice(0, -1), rule: "required", message: `key '${String(path.at(-1))}' is missing` };
}

// What the user reads for a type; Python's word for a mapping is what people look up.
const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "'dict', a mapping",
  record: "'dict', a mapping",
  array: "'array', a list",
  string: "'string', text",
  number: "'number'",
  boolean: "'boolean', true or false",
  null: "'null', nothing",
  integer: "'integer', a whole number",
};

function wrongType(path: readonly (string | number)[], expected: string, message: string, input: unknown): Finding {
  const name = message === INTEGER_ISSUE ? "integer" : expected;
  return { path, rule: "type", message: `${shownRepr(input)} is not of type ${TYPE_NAMES[name] ?? name}` };
}

function patternText(issue: Issue): string {
  const pattern = "pattern" in issue && typeof issue.pattern === "string" ? issue.pattern : "";
  return pattern.replace(/^\/|\/[a-z]*$/g, "").replace(/\\\//g, "/");
}

function tooSmall(
  path: readonly (string | number)[],
  input: unknown,
  origin: string,
  minimum: number,
  inclusive: boolean,
): Finding {
  if (origin !== "number" && origin !== "int")
    return { path, rule: "size", message: `${shownRepr(input)} is too short here` };
  const bound = inclusive ? `less than ${minimum}` : `not more than ${minimum}`;
  return { path, rule: "minimum", message: `${shownRepr(input)} is ${bound}` };
}

function tooBig(path: readonly (string | number)[], input: unknown, origin: string, maximum: number): Finding {
  if (origin === "number" || origin === "int")
    return { path, rule: "maximum", message: `${shownRepr(input)} is more than ${maximum}` };
  return { path, rule: "size", message: `the value here is longer than ${maximum}` };
}

function broken(
  path: readonly (string | number)[],
  input: unknown,
  params: Readonly<Record<string, unknown>>,
): Finding {
  const shown = shownRepr(input);
  switch (params["rule"]) {
    case "enum":
      return { path, rule: "enum", message: `${shown} is not one of [${quoted(params["words"])}]` };
    case "uniqueItems":
      return { path, rule: "size", message: `${shown} has an entry twice` };
    case "maxProperties":
      return { path, rule: "size", message: `${shown} has more than ${String(params["limit"])} entry` };
    case "minProperties":
      return { path, rule: "size", message: `${shown} has fewer than ${String(params["limit"])} entry` };
    case "keyPattern":
      return badKeys(path, input, String(params["pattern"]));
    case "propertyNames":
      return { path, rule: "other", message: "a key here must not be empty" };
    case "not":
      return { path, rule: "other", message: `${quoted(params["keys"])} may not be set here, found ${shown}` };
    default:
      return { path, rule: "other", message: `${shown} is not allowed here` };
  }
}

function badKeys(path: readonly (string | number)[], input: unknown, pattern: string): Finding {
  const keys = typeof input === "object" && input !== null ? Object.keys(input) : [];
  const bad = keys.filter((key) => !new RegExp(pattern).test(key));
  return {
    path,
    rule: "other",
    message: `${quoted(bad)} in '${String(path.at(-1) ?? "")}' does not match '${pattern}'`,
  };
}

// The longest list of words, that of the clouds, has 29.
const WORDS_SHOWN_MAX = 40;

function quoted(words: unknown): string {
  return Array.isArray(words)
    ? words
        .slice(0, WORDS_SHOWN_MAX)
        .map((word) => `'${String(word)}'`)
        .join(", ")
    : "";
}

/**
 * Follows an alternative into the branch nearest to what was written. Stops where two are equally near:
 * the fault is then that nothing fits. The order is the one of Python's jsonschema.
 */
function narrow(finding: Finding): Finding {
  let best = finding;
  for (;;) {
    const branches = best.branches;
    if (branches === undefined || branches.length === 0) return best;
    const [first, second] = [...branches].sort(compareNearness);
    if (first === undefined) return best;
    if (second !== undefined && compareNearness(first, second) === 0) return best;
    best = { ...first, path: [...best.path, ...first.path] };
  }
}

function compareNearness(a: Finding, b: Finding): number {
  return (
    b.path.length - a.path.length ||
    comparePaths(a.path, b.path) ||
    Number(a.rule !== "either") - Number(b.rule !== "either") ||
    Number(isTypeFault(a)) - Number(isTypeFault(b))
  );
}

function isTypeFault(finding: Finding): boolean {
  return finding.rule === "type" || finding.rule === "either";
}

function comparePaths(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, step] of a.entries()) {
    const other = b[index];
    if (other === undefined || step === other) continue;
    return step < other ? -1 : 1;
  }
  return 0;
}

function toFault(finding: Finding, schema: z.ZodType): SchemaFault {
  const pathText = jsonPath(finding.path);
  if (finding.rule === "unknown") return unknownKeys(finding, schema, pathText);
  const hint = finding.hint === undefined ? {} : { hint: finding.hint };
  return { path: finding.path, pathText, message: `${finding.message} (at ${pathText})`, at: "value", ...hint };
}

// More than these and the file is no task at all.
const UNKNOWN_SHOWN_MAX = 20;

function unknownKeys(finding: Finding, schema: z.ZodType, pathText: string): SchemaFault {
  const known = knownKeys(schema, finding.path);
  const all = finding.unknown ?? [];
  const unknown = all.slice(0, UNKNOWN_SHOWN_MAX).map((key) => {
    const similar = similarWord(key, known);
    return similar === undefined ? { key } : { key, similar };
  });
  const parts = unknown.map(({ key }) => `unknown key '${key}'`);
  // SkyPilot's words, which scripts and people look for.
  const meant = unknown.flatMap(({ key, similar }) =>
    similar === undefined ? [] : [`Instead of '${key}', did you mean '${similar}'?`],
  );
  const rest = all.length > unknown.length ? `; and ${all.length - unknown.length} more` : "";
  const where = rest + (finding.path.length === 0 ? "" : ` (at ${pathText})`);
  const first = unknown[0]?.key ?? "";
  const fixes = unknown.flatMap(({ similar }) => (similar === undefined ? [] : [`'${similar}'`]));
  const hint = fixes.length > 0 ? `write ${fixes.join(", ")}` : knownHint(known);
  return {
    path: [...finding.path, first],
    pathText,
    message: parts.join("; ") + where + (meant.length === 0 ? "" : `. ${meant.join(" ")}`),
    at: "key",
    unknownKeys: unknown,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** A short list is worth showing; a long one is in the documentation. */
function knownHint(known: readonly string[]): string | undefined {
  return known.length > 0 && known.length <= 12 ? `known here: ${known.join(", ")}` : undefined;
}

/** The keys a schema knows at a path; through alternatives, those of all branches. */
export function knownKeys(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let reached: Definition[] = [definition(schema)];
  for (const step of path) reached = reached.flatMap((def) => stepInto(def, step));
  return [...new Set(reached.flatMap(unfold).flatMap((def) => Object.keys(def.shape ?? {})))].filter(
    (key) => !key.startsWith("_"),
  );
}

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly options?: readonly unknown[];
  readonly element?: unknown;
  readonly valueType?: unknown;
  readonly innerType?: unknown;
}

function definition(schema: unknown): Definition {
  const holder = schema as { readonly _zod?: { readonly def?: Definition } };
  return holder._zod?.def ?? { type: "unknown" };
}

function unfold(def: Definition): Definition[] {
  if (def.innerType !== undefined) return unfold(definition(def.innerType));
  return def.options === undefined ? [def] : def.options.flatMap((option) => unfold(definition(option)));
}

function stepInto(def: Definition, step: string | number): Definition[] {
  return unfold(def).flatMap((each) => {
    const next = each.shape?.[step] ?? each.element ?? each.valueType;
    return next === undefined ? [] : [definition(next)];
  });
}

/** `$` with `.name` and `[0]`, and `['odd-name']` where a dot would not do. */
export function jsonPath(path: readonly (string | number)[]): string {
  const steps = path.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    return /^[a-zA-Z][a-zA-Z0-9_]*$/.test(step) ? `.${step}` : `['${step}']`;
  });
  return `$${steps.join("")}`;
}
