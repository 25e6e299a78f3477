// What launch and exec are given: a task file, a recipe, the standard input, or a command.
import { readFileSync } from "node:fs";
import { StixError } from "#shared/errors/stix-error.ts";
import { decodeUtf8 } from "#shared/yaml/decode.ts";
import { tooLargeWords, YAML_BYTES_MAX } from "#shared/yaml/file-size.ts";
import type { CliContext } from "../context.ts";
import { confirm } from "../confirm.ts";
import { fileFacts } from "../file-facts.ts";
import { utf8Of } from "../utf8-text.ts";

export type Entrypoint =
  | { readonly is: "file"; readonly path: string; readonly text: string }
  | { readonly is: "recipe"; readonly name: string }
  | { readonly is: "command"; readonly command: string };

type EntrypointContext = Pick<CliContext, "env" | "inputIsTty" | "interrupted" | "readInput" | "readLine" | "stderr">;

const RECIPE = /^recipes:([a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;

const TASK_FILE = /^\S+\.ya?ml$/i;

/** `words` are joined by one space. Undefined when there are none. */
export async function resolveEntrypoint(
  context: EntrypointContext,
  words: readonly string[],
): Promise<Entrypoint | undefined> {
  const joined = words.join(" ");
  if (joined === "") return undefined;
  const recipe = RECIPE.exec(joined);
  if (recipe?.[1] !== undefined) return { is: "recipe", name: recipe[1] };
  if (joined === "-") return { is: "file", path: "<standard input>", text: await context.readInput() };
  const path = joined.replace(/^~(?=\/)/, context.env["HOME"] ?? "~");
  const looksLikeFile = words.length === 1 && TASK_FILE.test(joined);
  const facts = fileFacts(path);
  if (facts !== undefined && !facts.isDirectory()) {
    if (facts.size > YAML_BYTES_MAX && looksLikeFile) {
      const { message, hint } = tooLargeWords(facts.size);
      throw new StixError({ code: "too-large", message: `${joined}: ${message}`, hint });
    }
    // A program that large is a command.
    if (facts.size > YAML_BYTES_MAX) return { is: "command", command: joined };
    const bytes = readBytes(path, joined);
    if (looksLikeFile) return { is: "file", path: joined, text: utf8Of(bytes, joined) };
    // A script's text is one plain string as YAML: then the words are a command, as in `launch ./train.sh`. So is a program.
    const text = decodeUtf8(bytes);
    if (text !== undefined && (await isMapping(text))) return { is: "file", path: joined, text };
  }
  if (looksLikeFile) await askWhetherCommand(context, joined);
  const [first = "", ...rest] = words;
  if (rest.length > 0 && TASK_FILE.test(first) && fileFacts(first)?.isFile() === true) throw severalWords(first, rest);
  return { is: "command", command: joined };
}

/** A task file with more behind it was not meant as a command; a shell would only say that it cannot be run. */
function severalWords(first: string, rest: readonly string[]): StixError {
  const files = [first, ...rest].filter((word) => TASK_FILE.test(word));
  return new StixError({
    code: "usage",
    message:
      files.length > 1
        ? `'{program} {command}' takes one task file, and ${files.length} are named: ${files.join(", ")}`
        : `'${first}' is a task file, and '${rest.join(" ")}' behind it means nothing`,
    hint: `{program} {command} ${first}${rest[0]?.includes("=") === true ? ` --env ${rest[0]}` : ""}; as a command: {program} {command} '${[first, ...rest].join(" ")}'`,
  });
}

function readBytes(path: string, shown: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new StixError({ code: "no-permission", message: `cannot read '${shown}'`, hint: `ls -l ${shown}`, cause });
  }
}

async function askWhetherCommand(context: EntrypointContext, joined: string): Promise<void> {
  if (!context.inputIsTty) {
    throw new StixError({ code: "file-not-found", message: `there is no file '${joined}'`, hint: `ls ${joined}` });
  }
  await confirm(context, `There is no file '${joined}'. Run it as a command?`, { yes: false, enterMeans: "no" });
}

async function isMapping(text: string): Promise<boolean> {
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(text, { logLevel: "silent", uniqueKeys: false });
  const first = Array.isArray(documents) ? documents[0] : undefined;
  return first !== undefined && first.errors.length === 0 && typeof first.toJS({ maxAliasCount: 100 }) === "object";
}
