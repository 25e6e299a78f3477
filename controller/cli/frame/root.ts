// What the program does without a command: its version, its help, and shell completion.
import { StixError } from "#shared/errors/stix-error.ts";
import { commit } from "#shared/version.ts";
import type { CliContext } from "./context.ts";
import { defineCommand } from "./define-command.ts";
import { choice, flag } from "./define-option.ts";
import { notBuiltYet } from "./not-built-yet.ts";
import { parseArguments } from "./parse/parse-arguments.ts";
import { versionLine } from "./version-line.ts";
import { parseFacts } from "./world.ts";

const shells = ["bash", "zsh", "fish", "auto"] as const;

/** Not in the tree: what stands before a command. */
export const rootOptions = defineCommand({
  path: "root",
  summary: "Launch, run and manage jobs anywhere",
  options: {
    installShellCompletion: choice("--install-shell-completion", shells, "Install completion"),
    uninstallShellCompletion: choice("--uninstall-shell-completion", shells, "Take completion away"),
    version: flag("--version -v", "Print the version"),
    commit: flag("--commit -c", "Print the commit"),
  },
  run: async ({ options }, context) => {
    if (options.version) context.stdout.write(versionLine());
    else if (options.commit) context.stdout.write(`stix, commit ${commit}\n`);
    else {
      const shell = options.installShellCompletion ?? options.uninstallShellCompletion ?? "auto";
      const { changeCompletion } = await import("./completion/run-completion.ts");
      return await changeCompletion(
        context,
        shell,
        options.installShellCompletion === undefined ? "uninstall" : "install",
      );
    }
    return 0;
  },
});

/** `path` is a group that no command followed; `rest` are the words after it. */
export async function runRoot(context: CliContext, path: readonly string[], rest: readonly string[]): Promise<number> {
  const shape = path.length === 0 ? { ...rootOptions, path: [] } : { path, args: {}, options: {} };
  const parsed = parseArguments(shape, rest, parseFacts(context));
  if (parsed.wants === "run" && parsed.given.size > 0) return await rootOptions.run(parsed, context);
  const { plannedUnder, renderGroupHelp } = await import("./help/group-help.ts");
  const page = await renderGroupHelp(path, context.program, context.stdout);
  if (parsed.wants === "help" || path.length === 0) {
    context.stdout.write(page);
    return 0;
  }
  const planned = await plannedUnder(path);
  if (planned !== undefined) return await notBuiltYet(planned);
  context.stderr.write(`${page}\n`);
  throw new StixError({
    code: "usage",
    message: `'${[context.program, ...path].join(" ")}' needs a command`,
    hint: `${[context.program, ...path].join(" ")} --help`,
  });
}
