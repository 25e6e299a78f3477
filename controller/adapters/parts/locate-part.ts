// Finds nats-server and skylet: named by the environment, beside our executable, embedded in it, or in the source tree.
import { isDiskFull } from "#shared/os/disk-errors.ts";
import { constants, existsSync } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { PartName, Parts } from "#controller/ports/parts.ts";
import { errorText, isStixError, StixError } from "#shared/errors/stix-error.ts";
import { compileSkylet, unpackNatsServer, type EmbeddedFolder } from "./embedded.ts";
import { writeExecutable } from "./durable-file.ts";

export interface PartSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where unpacked parts are kept. */
  readonly folder: string;
  /** The running executable: stix when compiled, bun in development. */
  readonly executable: string;
  /** The folder that `--asset` made visible; null when not compiled. */
  readonly embedded: string | null;
  /** The root of the source tree; null when there is none. */
  readonly sourceTree: string | null;
}

const variables = { "nats-server": "STIX_NATS_SERVER", skylet: "STIX_SKYLET" } as const satisfies Record<
  PartName,
  string
>;

/** What a process sees of itself. */
export function partSources(env: PartSources["env"], folder: string): PartSources {
  const compiled = import.meta.dir.startsWith("/$bunfs/");
  const tree = resolve(import.meta.dir, "../../..");
  return {
    env,
    folder,
    executable: process.execPath,
    embedded: compiled ? `${import.meta.dir}/parts` : null,
    sourceTree: !compiled && existsSync(`${tree}/package.json`) ? tree : null,
  };
}

/** One search a name and process; a failed search is not remembered. */
export function createParts(sources: PartSources): Parts {
  const found = new Map<PartName, Promise<string>>();
  return {
    locate(name) {
      const known = found.get(name);
      if (known !== undefined) return known;
      const search = locatePart(name, sources);
      found.set(name, search);
      search.catch(() => found.delete(name));
      return search;
    },
  };
}

/** Absolute path of the executable. Throws StixError part-missing that says what was tried. */
export async function locatePart(name: PartName, sources: PartSources): Promise<string> {
  const named = sources.env[variables[name]];
  if (named !== undefined && named !== "") return executableOrComplain(name, resolve(named));
  try {
    const path = name === "skylet" ? await findSkylet(sources) : await findNatsServer(sources);
    if (path !== null) return path;
  } catch (error) {
    if (isStixError(error)) throw error;
    if (isDiskFull(error))
      throw new StixError({
        code: "disk-full",
        message: `no space left to unpack '${name}' into '${sources.folder}'`,
        hint: `free some space there (df -h '${sources.folder}'), then try again`,
        cause: error,
      });
    throw missing(name, `cannot unpack '${name}' into '${sources.folder}': ${errorText(error)}`, error);
  }
  throw missing(name, `the executable '${name}' was not found`);
}

async function findNatsServer(sources: PartSources): Promise<string | null> {
  const unpacked = await fromEmbedded(sources, unpackNatsServer);
  if (unpacked !== null) return unpacked;
  // In development: what scripts/setup brought.
  const tools = sources.sourceTree === null ? [] : [`${sources.sourceTree}/.build/tools/nats-server`];
  const there = [`${dirname(sources.executable)}/nats-server`, ...tools].find((path) => existsSync(path));
  return there ?? Bun.which("nats-server", { PATH: sources.env["PATH"] ?? "" });
}

async function findSkylet(sources: PartSources): Promise<string | null> {
  const beside = `${dirname(sources.executable)}/skylet`;
  if (sources.sourceTree === null && existsSync(beside)) return beside;
  const compiled = await fromEmbedded(sources, (embedded) => compileSkylet(embedded, sources.executable));
  if (compiled !== null) return compiled;
  return sources.sourceTree === null ? null : sourceWrapper(sources.sourceTree, sources);
}

async function fromEmbedded(
  sources: PartSources,
  make: (embedded: EmbeddedFolder) => Promise<string | null>,
): Promise<string | null> {
  if (sources.embedded === null) return null;
  return make({ folder: sources.embedded, target: sources.folder });
}

/** In development the agent is a two-line script that runs the sources. */
async function sourceWrapper(tree: string, sources: PartSources): Promise<string> {
  const text = `#!/bin/sh\nexec '${quote(sources.executable)}' '${quote(`${tree}/skylet/main.ts`)}' "$@"\n`;
  const path = `${sources.folder}/skylet-${Bun.hash(text).toString(16)}`;
  const there = await readFile(path, "utf8").catch(() => null);
  if (there !== text) await writeExecutable(path, once(new TextEncoder().encode(text)));
  return path;
}

function quote(path: string): string {
  return path.replaceAll("'", `'\\''`);
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

async function executableOrComplain(name: PartName, path: string): Promise<string> {
  try {
    await access(path, constants.X_OK);
    return path;
  } catch (error) {
    throw missing(name, `${variables[name]} names '${path}', which cannot be executed`, error);
  }
}

function missing(name: PartName, message: string, cause?: unknown): StixError {
  return new StixError({
    code: "part-missing",
    message,
    hint: `build STIX with scripts/build, or name an executable: export ${variables[name]}=/path/to/${name}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
