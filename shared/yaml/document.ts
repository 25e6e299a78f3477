// Reads YAML text into plain values that keep their places. Bounded: size, depth, nodes, aliases.
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { aliasTargets, dereferenced, type AliasTargets } from "./aliases.ts";
import { explainFault, type FaultLine } from "./explain.ts";
import { YAML_BYTES_MAX } from "./file-size.ts";
import { scanLimits } from "./limits.ts";
import { findExact, findNode } from "./node-lookup.ts";
import type { Place, YamlFault, YamlPath } from "./fault.ts";
import { scalarValue, sourceOf } from "./scalar-node.ts";

/** One document of a file. Values are null, boolean, number, string, symbol (a date), array, object. */
export interface YamlDocument {
  readonly value: unknown;
  /** Place of the value, or of its key where it has one; of the nearest parent when the path is unknown. */
  placeOf(path: YamlPath, part: "key" | "value"): Place;
  /** Python's `str` of a scalar as it was written; undefined when the path leads elsewhere. */
  textOf(path: YamlPath): string | undefined;
}

export type YamlFile =
  | { readonly ok: true; readonly documents: readonly YamlDocument[] }
  | { readonly ok: false; readonly faults: readonly YamlFault[] };

// A task file of a thousand lines has about 5,000 nodes; clients send the file twice.
const NODES_MAX = 100_000;
const DEPTH_MAX = 64;

// Nobody reads on; text that is no YAML at all has a fault in every line.
const FAULTS_MAX = 20;

/**
 * Never throws for any text. `bytesMax`: SENT_BYTES_MAX for what clients write, which holds the user's file once more.
 * Documents come in the order of the file; an empty file has none.
 * Scalars mean what PyYAML's safe loader makes of them; a key given twice is a fault with both lines.
 */
export function readYaml(text: string, bytesMax = YAML_BYTES_MAX): YamlFile {
  const refused = scanLimits(text, bytesMax);
  if (refused !== undefined) return { ok: false, faults: [refused] };
  const lines = new LineCounter();
  const reader = new Reader(text, lines);
  const parsed = compose(text, lines);
  if (!Array.isArray(parsed)) return { ok: false, faults: [parsed] };
  const documents: YamlDocument[] = [];
  for (const document of parsed) {
    const directives = document.warnings.filter((warning) => warning.code === "BAD_DIRECTIVE");
    for (const error of [...document.errors, ...directives])
      reader.syntaxFault(error.code, error.pos[0], error.message);
    if (reader.faults.length > 0) continue;
    documents.push(reader.read(document));
  }
  return reader.faults.length > 0 ? { ok: false, faults: reader.faults } : { ok: true, documents };
}

function compose(text: string, lines: LineCounter): Document.Parsed[] | YamlFault {
  try {
    const documents = parseAllDocuments(text, {
      schema: "failsafe",
      uniqueKeys: false,
      merge: false,
      prettyErrors: false,
      lineCounter: lines,
      logLevel: "silent",
      stringKeys: false,
    });
    if (!("empty" in documents)) return documents;
    const [odd] = documents.warnings.filter((warning) => warning.code === "BAD_DIRECTIVE");
    const place = odd === undefined ? undefined : lines.linePos(odd.pos[0]);
    if (odd === undefined || place === undefined) return [];
    return {
      class: "ScannerError",
      line: place.line,
      column: place.col,
      ...explainFault(sentence(odd.message), { line: "", column: 1 }),
    };
  } catch (error) {
    // The parser recurses: what scanLimits let through may still exhaust the stack.
    if (!(error instanceof RangeError)) throw error;
    return { class: "ParserError", line: 1, column: 1, message: "the file is nested too deeply" };
  }
}

const TAG_HINT = "text that begins with '!' needs quotes";

/** Walks parsed nodes once; collects faults of the whole file. */
class Reader {
  readonly faults: YamlFault[] = [];
  readonly #text: string;
  readonly #lines: LineCounter;
  #nodes = 0;

  constructor(text: string, lines: LineCounter) {
    this.#text = text;
    this.#lines = lines;
  }

  syntaxFault(code: string, offset: number, message: string): void {
    // The parser reports an exhausted stack as a fault of the text, which it is.
    const isDeep = message.includes("call stack");
    const { message: said, hint } = isDeep
      ? { message: "the file is nested too deeply" }
      : explainFault(sentence(message), this.#lineAt(offset));
    // What follows in the same line is of the parser's making.
    if (this.faults.at(-1)?.line === this.#place(offset).line) return;
    this.#fault(offset, CLASS_BY_CODE[code] ?? "ScannerError", said, hint);
  }

  read(document: Document.Parsed): YamlDocument {
    const root = document.contents;
    const targets = aliasTargets(document, this.#text);
    const walk: Walk = { targets, open: new Set() };
    const value = this.#value(root, walk, 0);
    const place = (node: Node | null | undefined): Place => this.#place(node?.range?.[0] ?? 0);
    return {
      value,
      placeOf: (path, part) => place(findNode(root, path, part, targets)),
      textOf: (path) => {
        const node = findExact(root, path, targets);
        return isScalar(node) ? scalarValue(node)?.text : undefined;
      },
    };
  }

  /** PyYAML takes no empty key and no stray colon between brackets, where later YAML does. */
  #refuseFlowColons(node: YAMLMap | YAMLSeq): void {
    if (node.flow !== true) return;
    const scalars = isMap(node) ? node.items.flatMap((pair) => [pair.key, pair.value]) : node.items;
    const keys = new Set<unknown>(isMap(node) ? node.items.map((pair) => pair.key) : []);
    for (const scalar of scalars) {
      if (!isScalar(scalar) || scalar.type !== "PLAIN") continue;
      const source = String(scalar.value);
      const isEmptyKey = source === "" && keys.has(scalar) && scalar.tag === undefined;
      const isGlued =
        keys.has(scalar) && /^:[?[\]{},]/.test(this.#text.slice(scalar.range?.[1] ?? 0, (scalar.range?.[1] ?? 0) + 2));
      if (isEmptyKey || isGlued || /^[:?]|:[?[\]{}]/.test(source))
        this.#fault(scalar.range?.[0] ?? 0, "ParserError", "a colon stands between brackets without a key before it");
    }
  }

  #value(node: unknown, walk: Walk, depth: number): unknown {
    this.#nodes += 1;
    if (this.#nodes > NODES_MAX) return this.#once("the file expands to too many values");
    if (depth > DEPTH_MAX) return this.#once("the file is nested too deeply");
    if (isAlias(node)) return this.#alias(node, walk, depth);
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) return this.#sequence(node, walk, depth);
    if (isMap(node)) return this.#mapping(node, walk, depth);
    return null;
  }

  #alias(node: Node & { source: string }, walk: Walk, depth: number): unknown {
    const target = dereferenced(node, walk.targets);
    if (target === undefined) {
      return this.#fault(
        node.range?.[0] ?? 0,
        "ComposerError",
        `alias '*${node.source}' has no anchor above it`,
        `text that begins with '*' needs quotes: "*${node.source}"`,
      );
    }
    if (walk.open.has(target)) {
      return this.#fault(node.range?.[0] ?? 0, "ComposerError", `alias '*${node.source}' contains itself`);
    }
    return this.#value(target, walk, depth + 1);
  }

  #scalar(node: Scalar): unknown {
    const resolved = scalarValue(node);
    if (resolved === undefined) {
      return this.#fault(node.range?.[0] ?? 0, "ConstructorError", `tag '${node.tag ?? "="}' cannot be read`, TAG_HINT);
    }
    if (resolved.kind === "timestamp" && !isRealDate(resolved.text)) {
      return this.#fault(node.range?.[0] ?? 0, "ValueError", `'${resolved.text}' is no date`);
    }
    return resolved.value;
  }

  #sequence(node: YAMLSeq, walk: Walk, depth: number): unknown {
    if (!this.#knownTag(node, "seq")) return null;
    this.#refuseFlowColons(node);
    walk.open.add(node);
    const values = node.items.map((item) => this.#value(item, walk, depth + 1));
    walk.open.delete(node);
    return values;
  }

  #mapping(node: YAMLMap, walk: Walk, depth: number): unknown {
    if (!this.#knownTag(node, "map")) return null;
    this.#refuseFlowColons(node);
    walk.open.add(node);
    const own: [string, unknown][] = [];
    const merged: [string, unknown][] = [];
    const firstByKey = new Map<string, number>();
    for (const pair of node.items) {
      const key = this.#key(pair, walk);
      if (key === undefined) continue;
      if (key.merge) merged.push(...this.#merge(pair.value, walk, depth));
      else own.push([key.text, this.#value(pair.value, walk, depth + 1)]);
      this.#refuseTwice(key.raw, key.offset, firstByKey);
    }
    walk.open.delete(node);
    return toObject([...merged, ...own]);
  }

  #key(pair: Pair, walk: Walk): { text: string; raw: string; offset: number; merge: boolean } | undefined {
    const node = isAlias(pair.key) ? dereferenced(pair.key, walk.targets) : pair.key;
    if (!isScalar(node)) {
      const offset = isMap(node) || isSeq(node) ? (node.range?.[0] ?? 0) : 0;
      this.#fault(offset, "ConstructorError", "a key must be plain text, not a list or mapping");
      return undefined;
    }
    const offset = node.range?.[0] ?? 0;
    const resolved = scalarValue(node);
    if (resolved === undefined) {
      this.#fault(offset, "ConstructorError", `tag '${node.tag ?? "="}' cannot be read`);
      return undefined;
    }
    if (resolved.text === "__proto__") {
      this.#fault(offset, "ValueError", "key '__proto__' is not allowed");
      return undefined;
    }
    return { text: resolved.text, raw: sourceOf(node), offset, merge: resolved.kind === "merge" };
  }

  #merge(node: unknown, walk: Walk, depth: number): [string, unknown][] {
    const value = this.#value(node, walk, depth + 1);
    const sources: unknown[] = Array.isArray(value) ? (value as unknown[]).toReversed() : [value];
    return sources.flatMap((source): [string, unknown][] => {
      if (typeof source === "object" && source !== null && !Array.isArray(source)) return Object.entries(source);
      this.#fault(isNodeWithRange(node) ? node.range[0] : 0, "ConstructorError", "'<<' merges mappings only");
      return [];
    });
  }

  #refuseTwice(raw: string, offset: number, firstByKey: Map<string, number>): void {
    const line = this.#place(offset).line;
    const first = firstByKey.get(raw);
    if (first === undefined) {
      firstByKey.set(raw, line);
      return;
    }
    const message = `key '${raw}' stands at line ${line} and already at line ${first}`;
    this.#fault(offset, "ValueError", message, "remove one of the two");
  }

  #knownTag(node: YAMLMap | YAMLSeq, kind: "map" | "seq"): boolean {
    const tag = node.tag;
    if (tag === undefined || tag === "!" || tag === `tag:yaml.org,2002:${kind}`) return true;
    this.#fault(node.range?.[0] ?? 0, "ConstructorError", `tag '${tag}' cannot be read`, TAG_HINT);
    return false;
  }

  #once(message: string): null {
    if (!this.faults.some((fault) => fault.message === message)) this.#fault(0, "ValueError", message);
    return null;
  }

  #fault(offset: number, className: string, message: string, hint?: string): null {
    if (this.faults.length >= FAULTS_MAX) return null;
    const place = this.#place(offset);
    this.faults.push({ class: className, ...place, message, ...(hint === undefined ? {} : { hint }) });
    return null;
  }

  #lineAt(offset: number): FaultLine {
    const { line, column } = this.#place(offset);
    return { line: this.#text.split(/\r\n|\n|\r/, line)[line - 1] ?? "", column };
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/** Anchors of one document, and the collections the walk is inside of. */
interface Walk {
  readonly targets: AliasTargets;
  readonly open: Set<unknown>;
}

// PyYAML tells scanner from parser errors; programs only see the class name.
const CLASS_BY_CODE: Readonly<Record<string, string>> = {
  BAD_COLLECTION_TYPE: "ParserError",
  MULTIPLE_ANCHORS: "ParserError",
  MULTIPLE_TAGS: "ParserError",
  UNEXPECTED_TOKEN: "ParserError",
  MISSING_CHAR: "ParserError",
};

function sentence(message: string): string {
  const first = message.split("\n")[0] ?? message;
  return first.charAt(0).toLowerCase() + first.slice(1).replace(/[.:]$/, "");
}

function isRealDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function toObject(entries: readonly [string, unknown][]): Record<string, unknown> {
  return Object.fromEntries(entries);
}

function isNodeWithRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range);
}
