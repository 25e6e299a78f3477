// Completion from the command line: print a shell's script, install it, take it away, and answer the shell's questions.
import { writeWholeSync } from "#shared/os/whole-file.ts";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { StixError } from "#shared/errors/stix-error.ts";
import { callJson } from "#controller/sdk/connection.ts";
import { list } from "#controller/sdk/read.ts";
import type { CliContext } from "../context.ts";
import { candidates, type NamesOf } from "./candidates.ts";
import { shellWord } from "../typed-command.ts";
import { completionScript, shells, type Shell } from "./scripts.ts";
import { splitLine } from "./split-line.ts";

// A shell that hangs on Tab is worse than one that completes nothing.
const NAMES_TIMEOUT_MS = 2_000;
const MARK = "# completion of stix";

export async function runCompletion(context: CliContext, what: string, rest: readonly string[]): Promise<number> {
  if (what === "install" || what === "uninstall") return await changeCompletion(context, rest[0] ?? "auto", what);
  context.stdout.write(completionScript(shellOf(context, what), context.program));
  return 0;
}

/** Writes the script beside our state, and one marked line into the shell's startup file. Twice is the same as once. */
export async function changeCompletion(
  context: CliContext,
  wanted: string,
  deed: "install" | "uninstall",
): Promise<number> {
  const shell = shellOf(context, wanted);
  const { script, startup } = placesOf(context, shell);
  const before = startup !== undefined && existsSync(startup) ? readFileSync(startup, "utf8") : "";
  const kept = before
    .split("\n")
    .filter((line) => !line.endsWith(MARK))
    .join("\n");
  if (deed === "install") {
    mkdirSync(dirname(script), { recursive: true });
    writeFileSync(script, completionScript(shell, context.program));
    if (startup !== undefined)
      replaceText(
        startup,
        `${kept === "" || kept.endsWith("\n") ? kept : `${kept}\n`}. ${shellWord(script)} ${MARK}\n`,
      );
    context.stdout.write(`Completion for ${shell} is installed; open a new shell.\n`);
  } else {
    rmSync(script, { force: true });
    if (startup !== undefined && kept !== before) replaceText(startup, kept);
    context.stdout.write(`Completion for ${shell} is gone.\n`);
  }
  return 0;
}

/** The file is the user's: it is replaced whole or not at all, keeps its mode, and stays where a link to it leads. */
function replaceText(path: string, text: string): void {
  const facts = statSync(path, { throwIfNoEntry: false });
  const real = facts === undefined ? path : realpathSync(path);
  try {
    writeWholeSync(real, text, { mode: facts === undefined ? 0o644 : facts.mode & 0o7777 });
  } catch (cause) {
    throw new StixError({
      code: "no-permission",
      message: `cannot change '${path}'; it is as it was`,
      hint: `make its folder writable and make room, or add by hand what {program} completion SHELL prints`,
      cause,
    });
  }
}

/** The answer to a shell that asks through its environment. Errors are silence: nothing may disturb the line being typed. */
export async function answerShell(context: CliContext, shell: string): Promise<number> {
  const words =
    shell === "bash" ? splitLine(context.env["COMP_LINE"] ?? "") : (context.env["COMP_WORDS"] ?? "").split("\n");
  const at = shell === "bash" ? words.length - 1 : Number(context.env["COMP_CWORD"] ?? words.length - 1);
  const begun = words[at] ?? "";
  const found = await candidates(words.slice(1, at), begun, namesFrom(context)).catch(() => []);
  // Bash replaces only what stands behind the last of its word breaks.
  const kept = shell === "bash" ? Math.max(begun.lastIndexOf("="), begun.lastIndexOf(":")) + 1 : 0;
  if (found === "files") context.stdout.write("<files>\n");
  else
    for (const { word, about } of found) context.stdout.write(`${withDescription(shell, word.slice(kept), about)}\n`);
  return 0;
}

function withDescription(shell: string, word: string, about: string): string {
  if (about === "") return word;
  if (shell === "zsh") return `${word.replaceAll(":", "\\:")}:${about}`;
  return shell === "fish" ? `${word}\t${about}` : word;
}

function namesFrom(context: CliContext): NamesOf {
  return async (source, begun, [cluster]) => {
    const connection = await context.connect({ noStart: true });
    const answer = await callJson(connection, "completion", {
      parts: { what: source },
      query: { incomplete: begun, cluster_name: cluster },
      timeoutMs: NAMES_TIMEOUT_MS,
      noRevive: true,
    });
    return list(answer).filter((name) => typeof name === "string");
  };
}

function shellOf(context: CliContext, wanted: string): Shell {
  const login = (context.env["SHELL"] ?? "").split("/").slice(-1)[0] ?? "";
  const name = wanted === "auto" ? login : wanted;
  const shell = shells.find((one) => one === name);
  if (shell !== undefined) return shell;
  throw new StixError({
    code: "usage",
    message: wanted === "auto" ? `cannot tell your shell from SHELL='${login}'` : `no completion for '${wanted}'`,
    hint: `{program} completion bash, zsh or fish`,
  });
}

function placesOf(
  context: CliContext,
  shell: Shell,
): { readonly script: string; readonly startup: string | undefined } {
  const home = context.env["HOME"] ?? "";
  if (home === "")
    throw new StixError({
      code: "bad-value",
      message: "HOME is not set, so there is no startup file of a shell",
      hint: `{program} completion ${shell}`,
    });
  switch (shell) {
    case "bash":
      return { script: `${context.paths.root}/completion.bash`, startup: `${home}/.bashrc` };
    case "zsh":
      return { script: `${context.paths.root}/completion.zsh`, startup: `${context.env["ZDOTDIR"] ?? home}/.zshrc` };
    case "fish":
      return {
        script: `${context.env["XDG_CONFIG_HOME"] ?? `${home}/.config`}/fish/completions/${context.program}.fish`,
        startup: undefined,
      };
  }
}
