// Words of the command line → values, by the rules of Click: options anywhere, `--`, `-xVALUE`, `-abc`, `--opt=value`, last one wins.
import { StixError } from "#shared/errors/stix-error.ts";
import type { Command } from "../define-command.ts";
import type { Option } from "../define-option.ts";
import { convertInteger, convertValue, type ParseFacts } from "./convert.ts";
import { didYouMean } from "./did-you-mean.ts";

export type Parsed =
  | { readonly wants: "help" }
  | {
      readonly wants: "run";
      readonly args: Readonly<Record<string, unknown>>;
      readonly options: Readonly<Record<string, unknown>>;
      /** Names of the options that stood on the command line. */
      readonly given: ReadonlySet<string>;
    };

interface Spelling {
  /** Key in the command's options; undefined: help. */
  readonly name: string | undefined;
  readonly option: Option<unknown> | undefined;
  readonly negated: boolean;
}

type Shape = Pick<Command, "path" | "args" | "options">;

/** Throws StixError `usage` with a hint. Help wins over missing arguments and bad values, as in Click. */
export function parseArguments(shape: Shape, words: readonly string[], facts: ParseFacts): Parsed {
  const spellings = spellingsOf(shape);
  const scanned = scan(words, spellings, shape);
  if (scanned.help) return { wants: "help" };
  const options: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(shape.options)) {
    options[name] = convertOption(option, scanned.raw.get(name), facts);
  }
  return {
    wants: "run",
    options,
    given: new Set(scanned.raw.keys()),
    args: assignArguments(shape, scanned.positional),
  };
}

interface RawValue {
  readonly spelling: string;
  /** true and false for flags. */
  readonly value: string | boolean;
}

interface Scanned {
  readonly help: boolean;
  readonly positional: readonly string[];
  readonly raw: ReadonlyMap<string, readonly RawValue[]>;
}

function spellingsOf(shape: Shape): ReadonlyMap<string, Spelling> {
  const spellings = new Map<string, Spelling>();
  for (const help of ["--help", "-h"]) spellings.set(help, { name: undefined, option: undefined, negated: false });
  for (const [name, option] of Object.entries(shape.options)) {
    for (const spelled of option.flags) spellings.set(spelled, { name, option, negated: false });
    for (const spelled of option.negations) spellings.set(spelled, { name, option, negated: true });
  }
  return spellings;
}

function scan(words: readonly string[], spellings: ReadonlyMap<string, Spelling>, shape: Shape): Scanned {
  const positional: string[] = [];
  const raw = new Map<string, RawValue[]>();
  let help = false;
  let at = 0;

  const note = (found: Spelling, spelling: string, value: string | boolean) => {
    if (found.name === undefined) help = true;
    else raw.set(found.name, [...(raw.get(found.name) ?? []), { spelling, value }]);
  };
  const take = (found: Spelling, spelling: string, attached: string | undefined) => {
    const { option } = found;
    if (option === undefined || option.kind.is === "flag") {
      if (attached !== undefined) throw usage(`option '${spelling}' does not take a value`, shape);
      return note(found, spelling, !found.negated);
    }
    if (attached !== undefined) return note(found, spelling, attached);
    const next = words[at];
    // Of a number that may be left out only a number is the value: `status --watch train` names a cluster.
    const isOther =
      next === undefined ||
      (next.startsWith("-") && next.length > 1) ||
      (option.kind.is === "number" && !/^[\d.]+$/.test(next));
    if (option.bare !== undefined && isOther) {
      return note(found, spelling, option.bare);
    }
    if (next === undefined) throw usage(`option '${spelling}' needs a value`, shape);
    at += 1;
    note(found, spelling, next);
  };

  while (at < words.length) {
    const current = words[at] ?? "";
    at += 1;
    if (current === "--") {
      positional.push(...words.slice(at));
      break;
    }
    if (!current.startsWith("-") || current.length === 1) {
      positional.push(current);
      continue;
    }
    const equals = current.indexOf("=");
    const spelling = equals === -1 ? current : current.slice(0, equals);
    const found = spellings.get(spelling);
    // A short option keeps the equals sign: `-n=x` is the value `=x`.
    if (found !== undefined && (equals === -1 || spelling.length > 2)) {
      take(found, spelling, equals === -1 ? undefined : current.slice(equals + 1));
      continue;
    }
    if (current.startsWith("--")) throw unknownOption(spelling, spellings, shape);
    takeShort(current);
  }
  return { help, positional, raw };

  function takeShort(cluster: string): void {
    for (let letter = 1; letter < cluster.length; letter += 1) {
      const spelling = `-${cluster[letter]}`;
      const found = spellings.get(spelling);
      if (found === undefined) throw unknownOption(cluster.length === 2 ? cluster : spelling, spellings, shape);
      const rest = cluster.slice(letter + 1);
      if (found.option === undefined || found.option.kind.is === "flag") take(found, spelling, undefined);
      else return take(found, spelling, rest === "" ? undefined : rest);
    }
  }
}

function convertOption(option: Option<unknown>, raw: readonly RawValue[] | undefined, facts: ParseFacts): unknown {
  if (raw === undefined || raw.length === 0) return option.fallback;
  if (option.multiple) return raw.flatMap((one) => convertRaw(option, one, facts));
  const last = raw[raw.length - 1];
  return last === undefined ? option.fallback : convertRaw(option, last, facts);
}

function convertRaw(option: Option<unknown>, raw: RawValue, facts: ParseFacts): unknown {
  if (typeof raw.value === "boolean" || (raw.value === option.bare && option.kind.is !== "number")) return raw.value;
  const converted = convertValue(option.kind, raw.value, facts);
  // A pair would be flattened by flatMap; wrap it once.
  if (converted.ok) return option.kind.is === "env" ? [converted.value] : converted.value;
  throw new StixError({
    code: "usage",
    message: `bad value for '${raw.spelling}': ${converted.why}`,
    hint: converted.hint,
  });
}

function assignArguments(shape: Shape, positional: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  let rest = positional;
  for (const [name, argument] of Object.entries(shape.args)) {
    const mine = argument.many ? rest : rest.slice(0, 1);
    rest = argument.many ? [] : rest.slice(1);
    if (mine.length === 0 && argument.required) throw usage(`argument ${argument.name} is missing`, shape);
    const converted =
      argument.type === "integer" ? mine.map((one) => integerArgument(argument.name, one, shape)) : mine;
    values[name] = argument.many ? converted : converted[0];
  }
  if (rest.length > 0) {
    throw usage(`unexpected argument${rest.length > 1 ? "s" : ""} ${rest.map((one) => `'${one}'`).join(" ")}`, shape);
  }
  return values;
}

function integerArgument(name: string, given: string, shape: Shape): number {
  const converted = convertInteger(given);
  if (converted === undefined) throw usage(`bad value for ${name}: '${given}' is not a whole number`, shape);
  return converted;
}

function unknownOption(spelling: string, spellings: ReadonlyMap<string, Spelling>, shape: Shape): StixError {
  const visible = [...spellings].filter(([, found]) => found.option?.hidden !== true).map(([spelled]) => spelled);
  // One letter is like every other.
  const near = spelling.length > 2 ? didYouMean(spelling, visible) : undefined;
  if (near === undefined) return usage(`no such option '${spelling}'`, shape);
  return new StixError({ code: "usage", message: `no such option '${spelling}'`, hint: `did you mean '${near}'?` });
}

function usage(message: string, shape: Shape): StixError {
  return new StixError({ code: "usage", message, hint: helpHint(shape.path) });
}

/** `{program}` is replaced by the name we were called with. */
export function helpHint(path: readonly string[]): string {
  return ["{program}", ...path, "--help"].join(" ");
}
