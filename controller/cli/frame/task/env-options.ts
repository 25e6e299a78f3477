// --env, --env-file, --secret and --secret-file as the two maps that lie over a task's own.
import { readFileSync } from "node:fs";
import { StixError } from "#shared/errors/stix-error.ts";
import { ENV_NAME } from "#shared/task/schema/words.ts";
import { parseDotenv } from "./dotenv.ts";
import { utf8Of } from "../utf8-text.ts";

export interface EnvOptions {
  readonly envFile: string | undefined;
  readonly env: readonly (readonly [string, string])[];
  readonly secretFile: string | undefined;
  readonly secret: readonly (readonly [string, string])[];
}

export interface EnvOverrides {
  readonly envs: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface EnvSources {
  /** The command's own environment, for `${NAME}` in files. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly warn: (line: string) => void;
  readonly read?: (path: string) => Uint8Array;
}

/** --env over --env-file; --secret over --secret-file over --env-file, whose values count as both. Throws bad-value with the file's line. */
export function envOverrides(options: EnvOptions, { env, warn, read = readFileSync }: EnvSources): EnvOverrides {
  const load = (path: string | undefined) =>
    path === undefined ? new Map<string, FileValue>() : loadFile(path, { env, warn, read });
  const envFile = load(options.envFile);
  const secretFile = load(options.secretFile);
  return {
    envs: { ...valuesOf(envFile, options.env), ...Object.fromEntries(options.env) },
    secrets: {
      ...valuesOf(new Map([...envFile, ...secretFile]), options.secret),
      ...Object.fromEntries(options.secret),
    },
  };
}

interface FileValue {
  readonly value: string | null;
  /** File and line, as errors show it. */
  readonly place: string;
}

function loadFile(path: string, { env, warn, read }: Required<EnvSources>): Map<string, FileValue> {
  const bytes = readBytes(path.replace(/^~(?=\/)/, env["HOME"] ?? "~"), { shown: path, read });
  const { entries, skipped } = parseDotenv(utf8Of(bytes, path), env);
  // Not the line itself: it may hold a secret.
  for (const line of skipped) warn(`${path}:${line}: this is no KEY=VALUE and is left out`);
  return new Map(
    [...entries].map(([name, { value, line }]) => {
      const place = `${path}:${line}`;
      if (ENV_NAME.test(name)) return [name, { value, place }];
      throw new StixError({
        code: "bad-value",
        message: `${place}: '${name.slice(0, NAME_SHOWN)}' is no name for an environment variable`,
        hint: "use letters, digits and _, and no digit first",
      });
    }),
  );
}

/** A value that was taken for a name may be long. */
const NAME_SHOWN = 60;

/** A name without a value counts only when no flag gives one. */
function valuesOf(file: ReadonlyMap<string, FileValue>, flags: EnvOptions["env"]): Record<string, string> {
  const given = new Set(flags.map(([name]) => name));
  return Object.fromEntries(
    [...file]
      .filter(([name]) => !given.has(name))
      .map(([name, { value, place }]) => {
        if (value !== null) return [name, value];
        throw new StixError({
          code: "bad-value",
          message: `${place}: variable '${name}' has no value`,
          hint: `write ${name}=value, ${name}= for an empty one, or give --env ${name}=value`,
        });
      }),
  );
}

function readBytes(
  path: string,
  { shown, read }: { readonly shown: string; readonly read: (path: string) => Uint8Array },
): Uint8Array {
  try {
    return read(path);
  } catch (cause) {
    throw new StixError({ code: "usage", message: `cannot read '${shown}'`, hint: `ls -l ${shown}`, cause });
  }
}
