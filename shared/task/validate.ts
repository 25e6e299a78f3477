// Checks files on disk: tasks, pipelines, job groups and volumes are judged, other YAML is named. Reading is passed in.
import { readYaml } from "../yaml/document.ts";
import { tooLargeWords, YAML_BYTES_MAX } from "../yaml/file-size.ts";
import { compact } from "./compact.ts";
import { decodeUtf8, NOT_UTF8 } from "../yaml/decode.ts";
import { similarWord } from "../schema/similar.ts";
import { checkPaths } from "./local-paths.ts";
import { judgeText } from "./judge.ts";
import type { ParseOptions } from "./parse.ts";
import type { Problem } from "./problem.ts";
import { taskSchema } from "./schema/task.ts";
import { parseVolume } from "./volume.ts";

export type FileKind =
  | "task"
  | "service"
  | "pool"
  | "pipeline"
  | "job-group"
  | "volume"
  | "kubernetes-manifest"
  | "other"
  | "not-yaml";

/** One file. Field names are those of the JSON that is printed. */
export interface ValidationRow {
  readonly path: string;
  readonly kind: FileKind;
  /** False only for a file that is meant for us and is wrong, or cannot be read. */
  readonly ok: boolean;
  readonly tasks: number;
  /** For each task, how many alternatives its resources have. */
  readonly resource_alternatives: readonly number[];
  readonly errors: readonly Problem[];
  /** Local paths of the tasks that are not there now: a launch would refuse them, the file itself is right. */
  readonly warnings: readonly Problem[];
}

export interface FileTree {
  /** Paths below a folder, or undefined when it is none. */
  listFolder(path: string): readonly string[] | undefined;
  /** Bytes of a file; undefined when there is none. */
  readBytes(path: string): Uint8Array | undefined;
  readonly pathExists?: (path: string) => boolean;
  readonly isFile?: (path: string) => boolean;
}

export type ValidateOptions = Pick<
  ParseOptions,
  "env" | "secrets" | "canonicalAccelerator" | "acceleratorsWithMemory" | "strict"
>;

const YAML_NAME = /\.ya?ml$/i;

/**
 * Files in the order given, those of folders by name. A path that names nothing is a row with an error. A file that was named
 * itself must be a task; in folders volumes are judged as such, and other YAML is passed over.
 */
export function validatePaths(
  paths: readonly string[],
  tree: FileTree,
  options: ValidateOptions = {},
): ValidationRow[] {
  return paths.flatMap((path) => {
    const isNamed = tree.listFolder(path) === undefined;
    return filesOf(path, tree).map((file) => validateFile(file, tree, { ...options, isNamed }));
  });
}

function filesOf(path: string, tree: FileTree): string[] {
  const inside = tree.listFolder(path);
  if (inside === undefined) return [path];
  return [...inside].sort().flatMap((child) => {
    if (tree.listFolder(child) !== undefined) return filesOf(child, tree);
    return YAML_NAME.test(child) ? [child] : [];
  });
}

function validateFile(path: string, tree: FileTree, options: ValidateOptions & NamedFile): ValidationRow {
  const bytes = tree.readBytes(path);
  if (bytes === undefined)
    return failed(path, "not-yaml", [fileProblem("FileNotFoundError", `'${path}' does not exist`)]);
  const text = decode(bytes);
  if (typeof text !== "string") return failed(path, "not-yaml", [text]);
  return validateText(path, text, { ...options, ...compact({ pathExists: tree.pathExists, isFile: tree.isFile }) });
}

function decode(bytes: Uint8Array): string | Problem {
  if (bytes.byteLength > YAML_BYTES_MAX) {
    return { class: "ValueError", ...tooLargeWords(bytes.byteLength) };
  }
  return decodeUtf8(bytes) ?? { class: "ValueError", message: NOT_UTF8, hint: "save it as UTF-8 in your editor" };
}

function fileProblem(className: string, message: string): Problem {
  return { class: className, message, hint: "name a YAML file" };
}

function failed(path: string, kind: FileKind, errors: readonly Problem[]): ValidationRow {
  return { path, kind, ok: false, tasks: 0, resource_alternatives: [], errors, warnings: [] };
}

interface NamedFile {
  /** The user named the file itself, so it is meant as a task. */
  readonly isNamed?: boolean;
}

/** One file's text. */
export function validateText(path: string, text: string, options: ParseOptions & NamedFile = {}): ValidationRow {
  const file = readYaml(text);
  if (!file.ok)
    return failed(path, file.faults.some(isRuleOfOurs) ? "task" : "not-yaml", judgedDag(text, options).errors);
  const values = file.documents.map((document) => document.value).filter((value) => value !== null);
  const kind = kindOf(values);
  const isElsewhere = options.isNamed === true ? meantElsewhere[kind] : undefined;
  if (isElsewhere !== undefined)
    return failed(path, kind, [{ class: "ValueError", line: 1, column: 1, ...isElsewhere }]);
  if (kind === "kubernetes-manifest" || (kind === "other" && options.isNamed !== true)) {
    return { path, kind, ok: true, tasks: 0, resource_alternatives: [], errors: [], warnings: [] };
  }
  if (kind === "volume") {
    const parsed = parseVolume(text);
    return {
      path,
      kind,
      ok: parsed.ok,
      tasks: 0,
      resource_alternatives: [],
      errors: parsed.ok ? [] : parsed.problems,
      warnings: [],
    };
  }
  const judged = judgedDag(text, options);
  const ok = judged.errors.length === 0;
  return { path, kind: kind === "other" && ok ? "task" : kind, ok, ...judged };
}

/** What is right in its own way, and no task: who names such a file hears so, as from a launch. */
const meantElsewhere: Readonly<Partial<Record<FileKind, Pick<Problem, "message" | "hint">>>> = {
  "kubernetes-manifest": {
    message: "this is a manifest of Kubernetes, not a task",
    hint: "kubectl apply -f takes it; a task begins with resources:, setup: or run:",
  },
  volume: {
    message: "this describes a volume, not a task",
    hint: "volumes apply takes it; a task begins with resources:, setup: or run:",
  },
};

/** A key given twice is fine YAML, and no fine task. */
function isRuleOfOurs(fault: { readonly class: string }): boolean {
  return fault.class === "ValueError";
}

function judgedDag(text: string, options: ParseOptions): Omit<ValidationRow, "path" | "kind" | "ok"> {
  const judged = judgeText(text, { ...options, checkPaths: false, isWritten: true });
  if (!judged.ok) return { tasks: 0, resource_alternatives: [], errors: judged.problems, warnings: [] };
  const alternatives = judged.dag.tasks.map((task) => task.resources.alternatives.length);
  const missing = checkPaths(judged.dag, { ...options, checkPaths: true });
  return {
    tasks: alternatives.length,
    resource_alternatives: alternatives,
    errors: [],
    warnings: [...judged.warnings, ...missing],
  };
}

/** By the look of the documents, before any is judged. */
function kindOf(values: readonly unknown[]): FileKind {
  const mappings = values.filter(isMapping);
  const [first] = mappings;
  if (first === undefined) return values.length === 0 ? "task" : "other";
  if (mappings.every(isManifest)) return "kubernetes-manifest";
  if (mappings.length < values.length) return "other";
  if (isVolume(first)) return "volume";
  if (isRayCluster(first)) return "other";
  if (first["execution"] === "parallel" && mappings.length > 1) return "job-group";
  const tasks = mappings.length > 1 && isHeader(first) ? mappings.slice(1) : mappings;
  if (!tasks.some(looksLikeTask)) return "other";
  if (tasks.length > 1) return "pipeline";
  if (tasks[0]?.["service"] !== undefined) return "service";
  return tasks[0]?.["pool"] === undefined ? "task" : "pool";
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isManifest(mapping: Mapping): boolean {
  return "apiVersion" in mapping && "kind" in mapping;
}

function isHeader(mapping: Mapping): boolean {
  return Object.keys(mapping).every((key) => key === "name" || key === "execution");
}

function isVolume(mapping: Mapping): boolean {
  const hasVolumeKey = ["size", "config", "infra", "use_existing"].some((key) => key in mapping);
  return "name" in mapping && "type" in mapping && hasVolumeKey && !("run" in mapping) && !("resources" in mapping);
}

/** A cluster of Ray's own launcher: some of its keys are those of a task. */
function isRayCluster(mapping: Mapping): boolean {
  return (
    "cluster_name" in mapping && ["provider", "available_node_types", "head_node_type"].some((key) => key in mapping)
  );
}

/** Keys that hardly any other kind of YAML file has at its top. */
const TELLING_KEYS = ["run", "setup", "resources", "num_nodes", "file_mounts", "workdir", "envs"];

/** Mostly keys of a task, or nothing but such: a file with a mistyped key is still a task. */
function looksLikeTask(mapping: Mapping): boolean {
  const keys = Object.keys(mapping);
  const known = Object.keys(taskSchema().shape);
  const knownCount = keys.filter((key) => known.includes(key)).length;
  const isTelling = TELLING_KEYS.some((key) => key in mapping);
  if (knownCount === keys.length || (isTelling && knownCount * 2 >= keys.length)) return true;
  return (
    keys.some((key) => isMistypedScript(key, mapping[key])) &&
    keys.every((key) => similarWord(key, known) !== undefined)
  );
}

/** "runn: echo hi": a word or two away from the keys that hold a task's commands. */
function isMistypedScript(key: string, value: unknown): boolean {
  return typeof value === "string" && similarWord(key, ["run", "setup"]) !== undefined;
}

/** A row as `--json` prints it: one object for each file, with these keys in this order. */
export function validationRecord(row: ValidationRow): Record<string, unknown> {
  const errors = row.errors.map(({ class: className, line, column, message, hint }) => ({
    class: className,
    line: line ?? null,
    column: column ?? null,
    message,
    hint: hint ?? null,
  }));
  return {
    path: row.path,
    kind: row.kind,
    ok: row.ok,
    tasks: row.tasks,
    resource_alternatives: row.resource_alternatives,
    errors,
  };
}
