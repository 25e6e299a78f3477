// Which config files are read, in which order, and what comes out. Files and variables are passed in.
import { StixError } from "../errors/stix-error.ts";
import type { Problem } from "../task/problem.ts";
import { checkConfigText, type ConfigMapping } from "./check.ts";
import { valueAt } from "./client-overlay.ts";
import { readOverlay } from "./dotlist.ts";
import { mergeConfig } from "./merge.ts";

/** The world as loading sees it. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the user's home. */
  readonly home: string;
  /** Absolute path of the current folder. */
  readonly cwd: string;
  /** The text of a file; undefined when there is none. Relative paths begin at `cwd`. */
  readFile(path: string): string | undefined;
}

export interface LoadedConfig {
  readonly config: ConfigMapping;
  /** Files that were read, lowest layer first, and "--config". */
  readonly layers: readonly string[];
}

export interface ClientOptions {
  /** Values of `--config`, in order. */
  readonly overlays?: readonly string[];
  /** Value of `--workspace`. */
  readonly workspace?: string;
}

/** A layer: where it may stand, and the variable that moves it. */
interface Layer {
  readonly paths: readonly string[];
  readonly variable: string;
}

const USER: Layer = { paths: ["~/.sky/config.yaml", "~/.stix/config.yaml"], variable: "SKYPILOT_GLOBAL_CONFIG" };
const PROJECT: Layer = { paths: [".sky.yaml", ".stix.yaml"], variable: "SKYPILOT_PROJECT_CONFIG" };

/** When set, the only file that counts: machines that act for a user are given it. */
const ONLY_FILE = "SKYPILOT_CONFIG";

/**
 * What a client sends with its requests: the user's file, the project's over it, then `--config` and
 * `--workspace`. STIX's own file lies over SKYPILOT's. Throws `bad-config` with the first problem,
 * `file-not-found` when a variable names no file, `usage` for a wrong `--config`.
 */
export function loadClientConfig(sources: ConfigSources, options: ClientOptions = {}): LoadedConfig {
  const layers = readLayers(sources, [USER, PROJECT]);
  const overlay = readOverlay(options.overlays ?? [], (path) => sources.readFile(expand(sources, path)));
  const flags =
    options.workspace === undefined ? overlay : mergeConfig(overlay, { active_workspace: options.workspace });
  const all = Object.keys(flags).length === 0 ? layers : [...layers, { path: "--config", config: flags }];
  return merged(all);
}

/** Absolute path of the client's file whose value of this key counts; undefined when no file has it. */
export function fileOfKey(sources: ConfigSources, key: readonly string[]): string | undefined {
  const layer = readLayers(sources, [USER, PROJECT]).findLast(({ config }) => valueAt(config, key) !== undefined);
  return layer === undefined ? undefined : expand(sources, layer.path);
}

/**
 * The server's own config, judged as strictly as it may be. `databaseText` is the config kept in the
 * database, which counts instead of the file's when the file names a database.
 */
export function loadServerConfig(sources: ConfigSources, databaseText?: string): LoadedConfig {
  const layers = readLayers(sources, [USER]);
  const { config } = merged(layers);
  const others = Object.keys(config).filter((key) => key !== "db");
  if (config["db"] !== undefined && others.length > 0) {
    throw badConfig(
      "the server's config names a database, so nothing else may stand in it",
      `move ${others.join(", ")} into the database`,
    );
  }
  if (databaseText === undefined) return merged(layers);
  const stored = checkConfigText(databaseText, { strict: true });
  refuse(stored.problems, "the database");
  return merged([...layers, { path: "the database", config: stored.config }]);
}

interface ReadLayer {
  readonly path: string;
  readonly config: ConfigMapping;
}

function readLayers(sources: ConfigSources, layers: readonly Layer[]): ReadLayer[] {
  const only = sources.env[ONLY_FILE];
  if (only !== undefined && only !== "") return [readNamed(sources, only, ONLY_FILE)];
  return layers.flatMap((layer) => readLayer(sources, layer));
}

function readLayer(sources: ConfigSources, { paths, variable }: Layer): ReadLayer[] {
  const named = sources.env[variable];
  if (named !== undefined && named !== "") return [readNamed(sources, named, variable)];
  return paths.flatMap((path) => {
    const text = sources.readFile(expand(sources, path));
    return text === undefined ? [] : [judged(path, text)];
  });
}

function readNamed(sources: ConfigSources, path: string, variable: string): ReadLayer {
  const text = sources.readFile(expand(sources, path));
  if (text !== undefined) return judged(path, text);
  throw new StixError({
    code: "file-not-found",
    message: `config file '${path}' does not exist`,
    hint: `correct or unset ${variable}`,
    details: { path, variable },
  });
}

function judged(path: string, text: string): ReadLayer {
  const { config, problems } = checkConfigText(text, { strict: false });
  refuse(problems, path);
  return { path, config };
}

function refuse(problems: readonly Problem[], path: string): void {
  const [first] = problems;
  if (first === undefined) return;
  const place = first.line === undefined ? path : `${path}:${first.line}:${first.column ?? 1}`;
  throw new StixError({
    code: "bad-config",
    message: `Invalid config YAML from (${place}): ${first.message}`,
    hint: first.hint ?? "correct the file",
    details: { exception: first.class, path, line: first.line, column: first.column },
  });
}

function badConfig(message: string, hint: string): StixError {
  return new StixError({ code: "bad-config", message, hint, details: { exception: "ValueError" } });
}

function merged(layers: readonly ReadLayer[]): LoadedConfig {
  const config = layers.reduce<ConfigMapping>((base, layer) => mergeConfig(base, layer.config), {});
  return { config, layers: layers.map((layer) => layer.path) };
}

function expand({ home, cwd }: ConfigSources, path: string): string {
  if (path === "~" || path.startsWith("~/")) return home + path.slice(1);
  return path.startsWith("/") ? path : `${cwd}/${path}`;
}
