// What a command is: a value with its path, arguments, options, examples and what it does. Help, completion and docs come from it.
import type { CliContext } from "./context.ts";
import type { Option } from "./define-option.ts";
import { notBuiltYet } from "./not-built-yet.ts";

/** A positional argument. At most one, the last, takes many words. */
export interface Argument<T> {
  readonly name: string;
  readonly type: "text" | "integer";
  readonly many: boolean;
  readonly required: boolean;
  /** What completion offers here. */
  readonly completes?: CompletionSource;
  /** Never read: carries the type of the value. */
  readonly produces?: T;
}

/** Names that the server can list for completion. */
export type CompletionSource =
  | "cluster_name"
  | "storage_name"
  | "volume_name"
  | "api_request"
  | "job_id"
  | "infra"
  | "accelerator"
  | "file";

type ArgumentRecord = Readonly<Record<string, Argument<unknown>>>;
type OptionRecord = Readonly<Record<string, Option<unknown>>>;

type ArgumentValues<A> = { readonly [K in keyof A]: A[K] extends Argument<infer T> ? T : never };
type OptionValues<O> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** What the user gave, converted. `given` names the options that stood on the command line. */
export interface Input<A, O> {
  readonly args: ArgumentValues<A>;
  readonly options: OptionValues<O>;
  readonly given: ReadonlySet<string>;
}

export interface Example {
  readonly words: string;
  readonly does: string;
}

export interface Command {
  readonly path: readonly string[];
  /** One line, no period, begins with a verb in the imperative. */
  readonly summary: string;
  /** More than one line can say; paragraphs. */
  readonly description: string;
  readonly args: ArgumentRecord;
  readonly options: OptionRecord;
  readonly examples: readonly Example[];
  /** Not listed in help, but works. */
  readonly hidden: boolean;
  /** What to use instead, when the command only lives on for old habits. */
  readonly deprecated: string | undefined;
  /** Ours alone: SkyPilot has no such command. */
  readonly ours: boolean;
  /** What is still to be built before it does anything, a plural: "managed jobs". Help does not offer it; asked for, it ends with 2. */
  readonly planned: string | undefined;
  /** Gives the exit status. Throws StixError for what went wrong. */
  readonly run: (input: Input<ArgumentRecord, OptionRecord>, context: CliContext) => Promise<number>;
}

interface CommandFields<A extends ArgumentRecord, O extends OptionRecord> {
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly args?: A;
  readonly options?: O;
  readonly examples?: readonly Example[];
  readonly hidden?: boolean;
  readonly deprecated?: string;
  readonly ours?: boolean;
}

type Deed<A, O> = { readonly run: (input: Input<A, O>, context: CliContext) => Promise<number> } | Planned;

interface Planned {
  readonly planned: string;
  /** What is wrong with the call already now. Throws. */
  readonly refuse?: (context: CliContext) => void;
}

/** `path` is the words after the program's name: "jobs pool apply". */
export function defineCommand<const A extends ArgumentRecord, const O extends OptionRecord>(
  fields: CommandFields<A, O> & Deed<A, O>,
): Command {
  return {
    path: fields.path.split(" "),
    summary: fields.summary,
    description: fields.description ?? "",
    args: fields.args ?? {},
    options: fields.options ?? {},
    examples: fields.examples ?? [],
    hidden: fields.hidden ?? false,
    deprecated: fields.deprecated,
    ours: fields.ours ?? false,
    planned: "planned" in fields ? fields.planned : undefined,
    // The parser fills exactly the keys of `args` and `options`, so the wider type is the same value.
    run:
      "planned" in fields
        ? (_input, context) => notBuiltYet(fields.planned, () => fields.refuse?.(context))
        : (fields.run as Command["run"]),
  };
}

/** NAME, which may be left out. */
export function word(name: string, completes?: CompletionSource): Argument<string | undefined> {
  return { name, type: "text", many: false, required: false, ...(completes && { completes }) };
}

/** NAME, which must be there. */
export function requiredWord(name: string, completes?: CompletionSource): Argument<string> {
  return { name, type: "text", many: false, required: true, ...(completes && { completes }) };
}

/** [NAMES...] */
export function words(name: string, completes?: CompletionSource): Argument<readonly string[]> {
  return { name, type: "text", many: true, required: false, ...(completes && { completes }) };
}

/** NAMES... */
export function requiredWords(name: string, completes?: CompletionSource): Argument<readonly string[]> {
  return { name, type: "text", many: true, required: true, ...(completes && { completes }) };
}

/** [NUMBER], a whole number. */
export function integerWord(name: string): Argument<number | undefined> {
  return { name, type: "integer", many: false, required: false };
}

/** [NUMBERS...], whole numbers. */
export function integerWords(name: string, completes?: CompletionSource): Argument<readonly number[]> {
  return { name, type: "integer", many: true, required: false, ...(completes && { completes }) };
}
