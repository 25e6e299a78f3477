// One word of the command line → one value, by the kind of its option.
import type { OptionKind } from "../define-option.ts";
import { didYouMean } from "./did-you-mean.ts";

/** What the parser may ask of the world. */
export interface ParseFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isFolder: (path: string) => boolean;
  readonly isFile: (path: string) => boolean;
}

export type Converted =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly why: string; readonly hint: string };

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function convertValue(kind: OptionKind, given: string, facts: ParseFacts): Converted {
  switch (kind.is) {
    case "flag":
    case "text":
      return good(given);
    case "integer":
      return toInteger(kind, given);
    case "number": {
      const value = given.trim() === "" ? Number.NaN : Number(given);
      return Number.isFinite(value)
        ? good(value)
        : bad(`'${given}' is not a number`, "give a number such as 30 or 0.5");
    }
    case "choice":
      return toChoice(kind, given);
    case "folder":
      if (facts.isFolder(given)) return good(given);
      if (facts.isFile(given)) return bad(`'${given}' is a file, not a directory`, "name the folder that it is in");
      return bad(`folder '${given}' does not exist`, `mkdir -p ${given}`);
    case "env-file":
      return facts.isFile(given)
        ? good(given)
        : bad(`file '${given}' does not exist`, "give the path of a file with lines of the form KEY=VALUE");
    case "env":
      return toEnv(given, facts);
  }
}

/** As Python reads it: spaces around and single underscores between digits are fine. */
export function convertInteger(given: string): number | undefined {
  const trimmed = given.trim();
  if (!/^[+-]?\d+(_\d+)*$/.test(trimmed)) return undefined;
  const value = Number(trimmed.replaceAll("_", ""));
  return Number.isSafeInteger(value) ? value : undefined;
}

function toInteger(kind: Extract<OptionKind, { is: "integer" }>, given: string): Converted {
  if (kind.orNone === true && ["none", "all"].includes(given.toLowerCase())) return good(undefined);
  const value = convertInteger(given);
  if (value === undefined)
    return bad(
      `'${given}' is not a whole number`,
      kind.orNone === true ? "give a whole number, none or all" : "give a whole number",
    );
  if (kind.min !== undefined && value < kind.min)
    return bad(`${value} is below ${kind.min}`, `give a whole number from ${kind.min}`);
  return good(value);
}

function toChoice(kind: Extract<OptionKind, { is: "choice" }>, given: string): Converted {
  const parts = kind.commaList === true ? given.split(",").map((part) => part.trim()) : [given];
  const values: string[] = [];
  for (const part of parts) {
    const match = kind.choices.find(
      (one) => one === part || (kind.anyCase === true && one.toLowerCase() === part.toLowerCase()),
    );
    if (match === undefined) {
      const near = didYouMean(part.toLowerCase(), kind.choices);
      return bad(
        `'${part}' is not one of ${kind.choices.join(", ")}`,
        near === undefined ? `one of ${kind.choices.join(", ")}` : `did you mean '${near}'?`,
      );
    }
    values.push(match);
  }
  return good(kind.commaList === true ? values : values[0]);
}

function toEnv(given: string, facts: ParseFacts): Converted {
  const equals = given.indexOf("=");
  const name = equals === -1 ? given : given.slice(0, equals);
  if (!ENV_NAME.test(name))
    return bad(
      `'${name}' is not a name of a variable`,
      "letters, digits and _, not beginning with a digit: --env NAME=value",
    );
  if (equals !== -1) return good([name, given.slice(equals + 1)]);
  const inherited = facts.env[name];
  return inherited === undefined
    ? bad(`'${name}' is not set in the environment`, `give its value: ${name}=…`)
    : good([name, inherited]);
}

function good(value: unknown): Converted {
  return { ok: true, value };
}

function bad(why: string, hint: string): Converted {
  return { ok: false, why, hint };
}
