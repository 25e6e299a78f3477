// Reads the documents of a file as a chain of tasks or as a job group.
import { plainText, pythonRepr } from "../yaml/python-text.ts";
import type { YamlDocument } from "../yaml/document.ts";
import type { JobGroupHeader } from "./job-group.ts";
import { readTask, type TaskOptions } from "./read-task.ts";
import { refuse, SCHEMA_ERROR, warn, within, type Report, type Scope } from "./report.ts";
import { compact } from "./compact.ts";
import type { Dag, Task } from "./task.ts";

/** The file's documents as a DAG; undefined when refused. Documents without content do not count. */
export function readDag(report: Report, documents: readonly YamlDocument[], options: TaskOptions): Dag | undefined {
  const scopes = documents
    .map((document): Scope => ({ report, document, path: [] }))
    .filter((scope) => scope.document.value !== null);
  const docs = scopes.map((scope): Doc => ({ scope, keys: asMapping(scope.document.value) ?? {} }));
  const [first, ...rest] = docs;
  if (first !== undefined && documents.length > 1 && first.keys["execution"] === "parallel")
    return readJobGroup(first, rest, options);
  return readChain(docs, documents.length, options);
}

interface Doc {
  readonly scope: Scope;
  readonly keys: Readonly<Record<string, unknown>>;
}

function asMapping(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** A document must be a mapping: text is what one gets from a file that is no YAML. */
export function mappingOf(scope: Scope): Readonly<Record<string, unknown>> | undefined {
  const { value } = scope.document;
  const mapping = asMapping(value);
  if (mapping !== undefined) return mapping;
  const single = typeof value === "string" ? "plain text" : "a single value";
  const kind = Array.isArray(value) ? "a list" : single;
  const className = typeof value === "string" ? "ValueError" : SCHEMA_ERROR;
  return refuse(
    scope,
    className,
    `a task file is a mapping of keys to values, and this is ${kind}: ${pythonRepr(value).slice(0, 60)}`,
    {
      hint: "begin with keys such as run: and resources:",
    },
  );
}

function readChain(docs: readonly Doc[], documentCount: number, options: TaskOptions): Dag | undefined {
  const [first, ...rest] = docs;
  const isHeader = first !== undefined && isChainHeader(first.keys);
  if (isHeader && !checkExecution(first)) return undefined;
  // A header alone in its file is a task that has only a name.
  const taskDocs =
    isHeader && documentCount > 1 ? rest : docs.map((doc) => (doc === first && isHeader ? withoutExecution(doc) : doc));
  const tasks = readTasks(taskDocs, options);
  if (tasks === undefined) return undefined;
  const headerName = isHeader ? first.keys["name"] : undefined;
  // A header says the name, even when it says none; a lone task lends its own.
  const dagName = taskDocs === rest ? nameText(headerName) : loneName(tasks);
  return compact({ name: dagName, kind: tasks.length === 1 ? ("single" as const) : ("pipeline" as const), tasks });
}

function loneName([task, ...others]: readonly Task[]): string | undefined {
  return others.length === 0 ? task?.name : undefined;
}

function nameText(name: unknown): string | undefined {
  return name === undefined || name === null ? undefined : plainText(name);
}

function withoutExecution(doc: Doc): Doc {
  const { execution: _execution, ...keys } = doc.keys;
  return { ...doc, keys };
}

function isChainHeader(keys: Readonly<Record<string, unknown>>): boolean {
  return "name" in keys && Object.keys(keys).every((key) => key === "name" || key === "execution");
}

function checkExecution({ scope, keys }: Doc): boolean {
  const execution = keys["execution"];
  if (execution === undefined || execution === null || execution === "serial") return true;
  refuse(within(scope, "execution"), "ValueError", `a pipeline's execution is serial, found ${pythonRepr(execution)}`, {
    hint: "execution: serial; a job group has execution: parallel and at least one task below",
  });
  return false;
}

function readTasks(
  docs: readonly Doc[],
  options: TaskOptions,
  check: (doc: Doc, index: number) => void = () => {},
): Task[] | undefined {
  const tasks = docs.map((doc, index) => {
    if (mappingOf(doc.scope) === undefined) return undefined;
    check(doc, index);
    const task = readTask(doc.scope, doc.keys, options);
    if (task !== undefined) doc.scope.report.tasks.push(doc.scope);
    return task;
  });
  const read = tasks.filter((task) => task !== undefined);
  return read.length === tasks.length ? read : undefined;
}

const GROUP_KEYS = new Set(["name", "execution", "primary_tasks", "termination_delay", "inter_connection"]);
const GROUP_NAME = /^[a-zA-Z0-9_-]+$/;

function readJobGroup(header: Doc, docs: readonly Doc[], options: TaskOptions): Dag | undefined {
  const before = header.scope.report.problems.length;
  const name = readGroupName(header);
  const tasks = readTasks(docs, options, nameChecker());
  const group =
    name === undefined
      ? undefined
      : readHeader(
          header,
          name,
          docs.map((doc) => doc.keys["name"]),
        );
  if (tasks === undefined || group === undefined || header.scope.report.problems.length > before) return undefined;
  return { name: group.name, kind: "job-group", tasks, group };
}

function readGroupName({ scope, keys }: Doc): string | undefined {
  for (const key of Object.keys(keys)) {
    if (!GROUP_KEYS.has(key))
      warn(within(scope, key), `key '${key}' of a job group's header is not known`, { at: "key" });
  }
  const name = keys["name"];
  if (name === undefined || name === null) {
    return refuse(scope, "ValueError", "the header of a job group has no 'name'", { hint: "name: my-group" });
  }
  if (typeof name !== "string" || !GROUP_NAME.test(name)) {
    return refuse(within(scope, "name"), "ValueError", `'${plainText(name)}' cannot name a job group`, {
      hint: "letters, digits, - and _ only",
    });
  }
  return name;
}

function readHeader({ scope, keys }: Doc, name: string, names: readonly unknown[]): JobGroupHeader {
  const known = names.map(String);
  const primaryTasks = readPrimaryTasks(within(scope, "primary_tasks"), keys["primary_tasks"], known);
  const terminationDelay = readDelay(within(scope, "termination_delay"), keys["termination_delay"], known);
  const interConnection = readInterConnection(within(scope, "inter_connection"), keys["inter_connection"]);
  return compact({ name, execution: "parallel" as const, primaryTasks, terminationDelay, interConnection });
}

function readPrimaryTasks(scope: Scope, value: unknown, known: readonly string[]): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value))
    return refuse(scope, "ValueError", `primary_tasks is a list of task names, found ${pythonRepr(value)}`, {
      hint: "primary_tasks: [name]",
    });
  const unknown = value.map(String).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    return refuse(scope, "ValueError", `primary_tasks names unknown tasks: ${unknown.join(", ")}`, {
      hint: namesHint(known),
    });
  return value.length === 0 ? undefined : value.map(String);
}

function readDelay(
  scope: Scope,
  value: unknown,
  known: readonly string[],
): JobGroupHeader["terminationDelay"] | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) || typeof value === "boolean" || typeof value === "symbol") {
    return refuse(scope, "ValueError", `termination_delay is a time, or times by task, found ${pythonRepr(value)}`, {
      hint: DELAY_HINT,
    });
  }
  if (typeof value !== "object") return readDelayText(scope, "termination_delay", value);
  const delays: Record<string, string> = {};
  for (const [name, delay] of Object.entries(value)) {
    const place = within(scope, name);
    if (name !== "default" && !known.includes(name)) {
      refuse(place, "ValueError", `termination_delay names an unknown task: ${name}`, {
        at: "key",
        hint: `${namesHint(known)} (or "default")`,
      });
    }
    const text = readDelayText(place, `termination_delay['${name}']`, delay);
    if (text !== undefined) delays[name] = text;
  }
  return delays;
}

const DELAY_HINT = 'a number with s, m, h, d or w: "30s", "5m", "1h"';

function readDelayText(scope: Scope, field: string, value: unknown): string | undefined {
  const text = typeof value === "number" ? (scope.document.textOf(scope.path) ?? String(value)) : String(value);
  if (/^\d+[smhdw]?$/i.test(text)) return text;
  return refuse(scope, "ValueError", `${field} is no time: '${text}'`, { hint: DELAY_HINT });
}

function readInterConnection(scope: Scope, value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  return refuse(scope, "ValueError", `inter_connection is true or false, found ${pythonRepr(value)}`, {
    hint: "inter_connection: false",
  });
}

/** Every task of a group has a name of its own: the others reach it by it. */
function nameChecker(): (doc: Doc, index: number) => void {
  const seen = new Set<string>();
  return ({ scope, keys }, index) => {
    const name = keys["name"];
    const place = within(scope, "name");
    if (name === undefined || name === null || name === "") {
      refuse(scope, "ValueError", `task ${index + 1} of the job group has no "name"`, { hint: "name: worker" });
    } else if (typeof name === "string" && !GROUP_NAME.test(name)) {
      refuse(place, "ValueError", `'${name}' cannot name a task of a job group`, {
        hint: "letters, digits, - and _ only",
      });
    } else if (typeof name === "string" && seen.has(name)) {
      refuse(place, "ValueError", `two tasks of the job group are named ${name}`, {
        hint: "give each a name of its own",
      });
    }
    seen.add(String(name));
  };
}

function namesHint(known: readonly string[]): string {
  return `the tasks are ${known.map((name) => `'${name}'`).join(", ")}`;
}
