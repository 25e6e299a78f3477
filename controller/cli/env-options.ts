// --env, --env-file, --secret and --secret-file as the two maps that lie over a task's own.
import { readFileSync } from "node:fs";
import { StixError } from "#shared/errors/stix-error.ts";

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

/** --env over --env-file; --secret over --secret-file over --env-file, whose values count as both. */
export function envOverrides(options: EnvOptions, read: (path: string) => string = readFile): EnvOverrides {
  const envFile = options.envFile === undefined ? {} : parseDotenv(read(options.envFile));
  const secretFile = options.secretFile === undefined ? {} : parseDotenv(read(options.secretFile));
  return {
    envs: { ...envFile, ...Object.fromEntries(options.env) },
    secrets: { ...envFile, ...secretFile, ...Object.fromEntries(options.secret) },
  };
}

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*)$/;

/** KEY=VALUE lines; quotes around a value, `export` before it and comments behind it are understood, and values over several lines. */
export function parseDotenv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const found = LINE.exec(lines[at] ?? "");
    if (found?.[1] === undefined) continue;
    let value = found[2] ?? "";
    const quote = value[0];
    if (quote === '"' || quote === "'") {
      while (closingQuote(value, quote) === -1 && at + 1 < lines.length) {
        at += 1;
        value += `\n${lines[at] ?? ""}`;
      }
      const end = closingQuote(value, quote);
      const inner = value.slice(1, end === -1 ? undefined : end);
      values[found[1]] = quote === '"' ? unescaped(inner) : inner.replace(/\\(['\\])/g, "$1");
    } else {
      values[found[1]] = value.replace(/\s+#.*$/, "").trim();
    }
  }
  return values;
}

function closingQuote(value: string, quote: string): number {
  for (let at = 1; at < value.length; at += 1) {
    if (value[at] === "\\") at += 1;
    else if (value[at] === quote) return at;
  }
  return -1;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", $: "$" };

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (whole, symbol: string) => escapes[symbol] ?? whole);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new StixError({ code: "usage", message: `cannot read '${path}'`, hint: `ls -l ${path}`, cause });
  }
}
