// Hides the values of secrets wherever a task is shown, logged or stored for display.
import { isMap, isScalar, LineCounter, parseAllDocuments, type Document, type Node, type Scalar } from "yaml";
import { aliasTargets, dereferenced, type AliasTargets } from "../yaml/aliases.ts";
import { SENT_BYTES_MAX } from "../yaml/file-size.ts";
import { scanLimits } from "../yaml/limits.ts";
import { compact } from "./compact.ts";
import type { Resources, Task } from "./task.ts";

/** What is shown in place of a secret's value. */
export const REDACTED = "<redacted>";

// A login to a registry may stand among the variables, where nothing else is secret.
const SECRET_VARIABLES = new Set(["SKYPILOT_DOCKER_PASSWORD"]);

/** The task with every secret value replaced: inline secrets, registry passwords, and those in the user's own text. */
export function maskTask(task: Task): Task {
  return compact({
    ...task,
    envs: maskVariables(task.envs),
    secrets: Object.fromEntries(Object.keys(task.secrets).map((name) => [name, REDACTED])),
    resources: { ...task.resources, alternatives: task.resources.alternatives.map(maskResources) },
    userYaml: task.userYaml === undefined ? undefined : maskYaml(task.userYaml),
  });
}

function maskVariables(envs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(envs).map(([name, value]) => [name, SECRET_VARIABLES.has(name) ? REDACTED : value]),
  );
}

function maskResources(resources: Resources): Resources {
  const login = resources.dockerLogin;
  return login === undefined ? resources : { ...resources, dockerLogin: { ...login, password: REDACTED } };
}

/**
 * The text of a task file with the values of its secrets replaced, everything else as written.
 * A text that cannot be read might hide a secret anywhere: nothing of it is shown.
 */
export function maskYaml(text: string): string {
  if (scanLimits(text, SENT_BYTES_MAX) !== undefined) return REDACTED;
  const documents = readable(text);
  if (documents === undefined) return REDACTED;
  const spans = documents.flatMap((document) => secretSpans(aliasTargets(document, text), document.contents));
  const lastFirst = [...spans].sort((a, b) => b.start - a.start);
  return lastFirst.reduce(
    (masked, { start, end }) => masked.slice(0, start) + `"${REDACTED}"` + lineBreak(masked, end) + masked.slice(end),
    text,
  );
}

/** The span of a block of text ends after its last line break, which must stay. */
function lineBreak(text: string, end: number): string {
  return text[end - 1] === "\n" && end < text.length ? "\n" : "";
}

function readable(text: string): Document.Parsed[] | undefined {
  try {
    const documents = parseAllDocuments(text, {
      schema: "failsafe",
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
      lineCounter: new LineCounter(),
    });
    if ("empty" in documents) return [];
    return documents.some((document) => document.errors.length > 0) ? undefined : documents;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Places of the values below `secrets`, of registry passwords, and of texts that hold a task themselves. */
function secretSpans(targets: AliasTargets, root: Node | null): Span[] {
  const top = dereferenced(root, targets);
  if (!isMap(top)) return [];
  return top.items.flatMap((pair) => {
    const key = keyText(pair.key);
    const value = asNode(pair.value);
    if (key === "secrets") return everyScalar(targets, value, 0);
    if (key === "envs") return namedScalars(targets, value, SECRET_VARIABLES);
    if (key === "_user_specified_yaml") return everyScalar(targets, value, 0);
    if (key === "resources") return passwords(targets, value, 0);
    return [];
  });
}

// Nothing that is a task nests secrets deeper.
const DEPTH_MAX = 8;

function everyScalar(targets: AliasTargets, node: Node | undefined, depth: number): Span[] {
  const target = dereferenced(node, targets);
  if (depth > DEPTH_MAX || target === undefined) return [];
  if (isMap(target)) return target.items.flatMap((pair) => everyScalar(targets, asNode(pair.value), depth + 1));
  return isScalar(target) ? spanOf(target) : [];
}

function namedScalars(targets: AliasTargets, node: Node | undefined, names: ReadonlySet<string>): Span[] {
  const target = dereferenced(node, targets);
  if (!isMap(target)) return [];
  return target.items.flatMap((pair) =>
    names.has(keyText(pair.key)) ? everyScalar(targets, asNode(pair.value), 0) : [],
  );
}

/** `_docker_login_config.password`, which servers write into serialized resources. */
function passwords(targets: AliasTargets, node: Node | undefined, depth: number): Span[] {
  const target = dereferenced(node, targets);
  if (depth > DEPTH_MAX || target === undefined) return [];
  if (isMap(target)) {
    return target.items.flatMap((pair) =>
      keyText(pair.key) === "password"
        ? everyScalar(targets, asNode(pair.value), 0)
        : passwords(targets, asNode(pair.value), depth + 1),
    );
  }
  return "items" in target && Array.isArray(target.items)
    ? target.items.flatMap((item) => passwords(targets, asNode(item), depth + 1))
    : [];
}

function spanOf(node: Scalar): Span[] {
  const range = node.range;
  if (range === null || range === undefined || node.value === "" || node.value === null) return [];
  return [{ start: range[0], end: range[1] }];
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

function asNode(value: unknown): Node | undefined {
  return typeof value === "object" && value !== null ? (value as Node) : undefined;
}
