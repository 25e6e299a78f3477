// What an option is, and the few kinds of options there are.

export type OptionKind =
  | { readonly is: "flag" }
  | { readonly is: "text" }
  | { readonly is: "integer"; readonly min?: number; readonly orNone?: boolean }
  | { readonly is: "number" }
  | {
      readonly is: "choice";
      readonly choices: readonly string[];
      readonly anyCase?: boolean;
      readonly commaList?: boolean;
    }
  | { readonly is: "folder" }
  | { readonly is: "env-file" }
  /** KEY=VALUE, or KEY to copy from the environment. */
  | { readonly is: "env" };

/** Where help lists an option. */
export type OptionGroup = "Task" | "Resources" | "Environment" | "Cluster" | "What to act on" | "Output" | "Behaviour";

export interface Option<T> {
  /** "--cluster", "-c". */
  readonly flags: readonly string[];
  /** Spellings that set a flag to false. */
  readonly negations: readonly string[];
  readonly kind: OptionKind;
  readonly fallback: T;
  readonly multiple: boolean;
  readonly hidden: boolean;
  /** The value that stands for the option without one. */
  readonly bare: string | undefined;
  readonly help: string;
  readonly group: OptionGroup;
  /** What to use instead, when this one only lives on for old habits. */
  readonly deprecated: string | undefined;
  /** Ours alone: SkyPilot has no such option. */
  readonly ours: boolean;
}

interface Extra {
  readonly group?: OptionGroup;
  readonly hidden?: boolean;
  readonly deprecated?: string;
  readonly ours?: boolean;
}

function option<T>(
  spelling: string,
  kind: OptionKind,
  fallback: T,
  help: string,
  extra: Extra & { multiple?: boolean; bare?: string },
): Option<T> {
  const [on = "", off = ""] = spelling.split(" / ");
  return {
    flags: on.split(" "),
    negations: off === "" ? [] : off.split(" "),
    kind,
    fallback,
    multiple: extra.multiple ?? false,
    hidden: extra.hidden ?? extra.deprecated !== undefined,
    bare: extra.bare,
    help,
    group: extra.group ?? "Behaviour",
    deprecated: extra.deprecated,
    ours: extra.ours ?? false,
  };
}

/** Off unless given. The spelling lists every form: "--yes -y", "--async / --no-async". */
export function flag(spelling: string, help: string, extra: Extra & { on?: boolean } = {}): Option<boolean> {
  return option(spelling, { is: "flag" }, extra.on ?? false, help, extra);
}

/** A flag pair that can also be left open. */
export function openFlag(spelling: string, help: string, extra: Extra = {}): Option<boolean | undefined> {
  return option<boolean | undefined>(spelling, { is: "flag" }, undefined, help, extra);
}

export function text(
  spelling: string,
  help: string,
  extra: Extra & { bare?: string } = {},
): Option<string | undefined> {
  return option<string | undefined>(spelling, { is: "text" }, undefined, help, extra);
}

export function texts(spelling: string, help: string, extra: Extra = {}): Option<readonly string[]> {
  return option<readonly string[]>(spelling, { is: "text" }, [], help, { ...extra, multiple: true });
}

export function integer(spelling: string, help: string, extra: Extra = {}): Option<number | undefined> {
  return option<number | undefined>(spelling, { is: "integer" }, undefined, help, extra);
}

export function integerOr(
  spelling: string,
  fallback: number,
  help: string,
  extra: Extra & { min?: number } = {},
): Option<number> {
  return option(spelling, { is: "integer", ...(extra.min !== undefined && { min: extra.min }) }, fallback, help, extra);
}

export function integers(spelling: string, help: string, extra: Extra = {}): Option<readonly number[]> {
  return option<readonly number[]>(spelling, { is: "integer" }, [], help, { ...extra, multiple: true });
}

/** A whole number, or the word `none` or `all`, which give undefined. */
export function integerOrNone(
  spelling: string,
  fallback: number,
  help: string,
  extra: Extra = {},
): Option<number | undefined> {
  return option<number | undefined>(spelling, { is: "integer", orNone: true }, fallback, help, extra);
}

export function number(
  spelling: string,
  help: string,
  extra: Extra & { bare?: string } = {},
): Option<number | undefined> {
  return option<number | undefined>(spelling, { is: "number" }, undefined, help, extra);
}

export function choice<const C extends string>(
  spelling: string,
  choices: readonly C[],
  help: string,
  extra: Extra & { anyCase?: boolean } = {},
): Option<C | undefined> {
  return option<C | undefined>(
    spelling,
    { is: "choice", choices, anyCase: extra.anyCase ?? true },
    undefined,
    help,
    extra,
  );
}

export function choiceOr<const C extends string>(
  spelling: string,
  choices: readonly C[],
  fallback: C,
  help: string,
  extra: Extra & { anyCase?: boolean } = {},
): Option<C> {
  return option(spelling, { is: "choice", choices, anyCase: extra.anyCase ?? true }, fallback, help, extra);
}

/** Repeatable, each value a comma list of the choices; `bare` is the value of the option alone. */
export function choiceList<const C extends string>(
  spelling: string,
  choices: readonly C[],
  bare: string,
  help: string,
  extra: Extra = {},
): Option<readonly string[]> {
  return option<readonly string[]>(spelling, { is: "choice", choices, anyCase: true, commaList: true }, [], help, {
    ...extra,
    multiple: true,
    bare,
  });
}

export function folder(spelling: string, help: string, extra: Extra = {}): Option<string | undefined> {
  return option<string | undefined>(spelling, { is: "folder" }, undefined, help, extra);
}

export function envFile(spelling: string, help: string, extra: Extra = {}): Option<string | undefined> {
  return option<string | undefined>(spelling, { is: "env-file" }, undefined, help, extra);
}

/** [name, value] pairs. */
export function env(spelling: string, help: string, extra: Extra = {}): Option<readonly (readonly [string, string])[]> {
  return option<readonly (readonly [string, string])[]>(spelling, { is: "env" }, [], help, {
    ...extra,
    multiple: true,
  });
}
