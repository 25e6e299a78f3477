// What can follow the words typed so far. Knows commands and options; names of clusters and requests come from the caller.
import { findCommand } from "../../command-tree.ts";
import type { Command, CompletionSource } from "../define-command.ts";
import type { Option } from "../define-option.ts";
import { rowsUnder } from "../help/group-help.ts";

export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** `given`: the arguments typed before, the cluster of a job first. A name may carry a tab and words about it. */
export type NamesOf = (
  source: Exclude<CompletionSource, "file">,
  begun: string,
  given: readonly string[],
) => Promise<readonly string[]>;

/** "files" when the shell should offer its own. `before` are the words after the program's name, `begun` the one at the cursor. */
export async function candidates(
  before: readonly string[],
  begun: string,
  namesOf: NamesOf,
): Promise<readonly Candidate[] | "files"> {
  const found = findCommand(before);
  if (found.is === "group") return begunWith(begun, await commandWords(found.path));
  if (found.is === "unknown") return [];
  const command = await found.leaf.load();
  const awaited = optionAwaitingValue(command, found.rest);
  if (awaited !== undefined) return valuesOf(awaited, begun, namesOf);
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(begun) ?? [];
  if (flag !== undefined && value !== undefined) return joined(flag, await valuesAfter(command, flag, value, namesOf));
  if (begun.startsWith("-")) return begunWith(begun, optionWords(command));
  const given = argumentsOf(command, found.rest);
  const source = nextArgument(command, given)?.completes;
  if (source === undefined)
    return command.path.length === 1 && command.path[0] === "help" ? begunWith(begun, await commandWords([])) : [];
  if (source === "file") return "files";
  return (await namesOf(source, begun, given))
    .filter((name) => name.startsWith(begun))
    .map((name) => {
      const [word = "", about = ""] = name.split("\t");
      return { word, about };
    });
}

async function commandWords(path: readonly string[]): Promise<readonly Candidate[]> {
  const rows = await rowsUnder(path);
  return rows.filter((row) => row.planned === undefined).map(({ word, summary }) => ({ word, about: summary }));
}

function optionWords(command: Command): readonly Candidate[] {
  const words = Object.values(command.options)
    .filter((option) => !option.hidden)
    .flatMap((option) =>
      [...option.flags, ...option.negations]
        .filter((flag) => flag.startsWith("--"))
        .map((word) => ({ word, about: option.help })),
    );
  return [...words, { word: "--help", about: "Show help" }];
}

/** As one word, which is how the shell knows it. */
function joined(flag: string, found: readonly Candidate[] | "files"): readonly Candidate[] | "files" {
  return found === "files" ? found : found.map(({ word, about }) => ({ word: `${flag}=${word}`, about }));
}

async function valuesAfter(
  command: Command,
  flag: string,
  value: string,
  namesOf: NamesOf,
): Promise<readonly Candidate[] | "files"> {
  const option = optionAwaitingValue(command, [flag]);
  return option === undefined ? [] : await valuesOf(option, value, namesOf);
}

function optionAwaitingValue(command: Command, rest: readonly string[]): Option<unknown> | undefined {
  const last = rest[rest.length - 1];
  if (last === undefined || !last.startsWith("-")) return undefined;
  return Object.values(command.options).find((option) => option.kind.is !== "flag" && option.flags.includes(last));
}

async function valuesOf(
  option: Option<unknown>,
  begun: string,
  namesOf: NamesOf,
): Promise<readonly Candidate[] | "files"> {
  const { kind } = option;
  if (kind.is === "choice")
    return begunWith(
      begun,
      kind.choices.map((word) => ({ word, about: "" })),
    );
  if (kind.is === "folder" || kind.is === "env-file" || option.flags.includes("--config")) return "files";
  const source = option.flags.map((flag) => namedValues[flag]).find((one) => one !== undefined);
  if (source === undefined) return [];
  return (await namesOf(source, begun, [])).map((word) => ({ word, about: "" }));
}

/** Options whose values have names that the server knows. */
const namedValues: Readonly<Record<string, Exclude<CompletionSource, "file">>> = {
  "--cluster": "cluster_name",
  "--infra": "infra",
  "--cloud": "infra",
  "--assume-enabled": "infra",
  "--gpus": "accelerator",
  "--gpu": "accelerator",
};

/** The words that are no options. */
function argumentsOf(command: Command, rest: readonly string[]): readonly string[] {
  const given: string[] = [];
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? "";
    if (!word.startsWith("-")) given.push(word);
    else if (optionAwaitingValue(command, [word]) !== undefined) at += 1;
  }
  return given;
}

/** The argument at the cursor. */
function nextArgument(command: Command, given: readonly string[]) {
  const args = Object.values(command.args);
  return args[given.length] ?? args.find((argument) => argument.many);
}

function begunWith(begun: string, all: readonly Candidate[]): readonly Candidate[] {
  return all.filter((one) => one.word.startsWith(begun));
}
