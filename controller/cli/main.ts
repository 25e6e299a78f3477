// The command line from its words to its exit status: finds the command, parses, runs it, and shows what went wrong.
import { isStixError, StixError } from "#shared/errors/stix-error.ts";
import { findCommand, wordsUnder, type Found } from "./command-tree.ts";
import type { CliContext } from "./frame/context.ts";
import type { Command } from "./frame/define-command.ts";
import { didYouMean } from "./frame/parse/did-you-mean.ts";
import { helpHint, parseArguments } from "./frame/parse/parse-arguments.ts";
import { parseFacts } from "./frame/world.ts";
import { errorDocument, renderError, shownError } from "./print/error.ts";

/** Never throws. The context's outputs are flushed by the caller. */
export async function runCli(context: CliContext): Promise<number> {
  try {
    return await dispatch(context);
  } catch (error) {
    return await report(context, error);
  }
}

async function dispatch(context: CliContext): Promise<number> {
  const asking = context.env["_STIX_COMPLETE"];
  if (asking !== undefined) {
    const { answerShell } = await import("./frame/completion/run-completion.ts");
    return await answerShell(context, asking);
  }
  const found = findCommand(context.argv);
  if (found.is === "unknown") throw unknownCommand(found);
  if (found.is === "group") return await runGroup(context, found);
  const command = await found.leaf.load();
  const parsed = parseArguments(command, found.rest, parseFacts(context));
  if (parsed.wants === "help") {
    const { renderCommandHelp } = await import("./frame/help/command-help.ts");
    context.stdout.write(renderCommandHelp(command, context.program, context.stdout));
    return 0;
  }
  warnOfOldNames(context, command, parsed.given);
  return await command.run({ args: parsed.args, options: parsed.options, given: parsed.given }, context);
}

async function runGroup(context: CliContext, found: Extract<Found, { is: "group" }>): Promise<number> {
  const { runRoot } = await import("./frame/root.ts");
  return await runRoot(context, found.path, found.rest);
}

function unknownCommand(found: Extract<Found, { is: "unknown" }>): StixError {
  const near = didYouMean(found.word, wordsUnder(found.path));
  const under = found.path.length === 0 ? "" : ` under '${found.path.join(" ")}'`;
  return new StixError({
    code: "usage",
    message: `no such command '${found.word}'${under}`,
    hint: near === undefined ? helpHint(found.path) : `did you mean '${["{program}", ...found.path, near].join(" ")}'?`,
  });
}

function warnOfOldNames(context: CliContext, command: Command, given: ReadonlySet<string>): void {
  if (command.deprecated !== undefined) {
    context.stderr.write(
      `warning: '${command.path.join(" ")}' is an old name; use '${context.program} ${command.deprecated}'\n`,
    );
  }
  for (const name of given) {
    const option = command.options[name];
    if (option?.deprecated !== undefined)
      context.stderr.write(`warning: '${option.flags[0]}' is deprecated; use '${option.deprecated}'\n`);
  }
}

async function report(context: CliContext, error: unknown): Promise<number> {
  if (context.interrupted.aborted && error === context.interrupted.reason) return 130;
  const told = isStixError(error) && error.code === "cluster-not-found" ? await suggestCluster(context, error) : error;
  const shown = shownError(told, context.program, commandWords(context));
  if (wantsJson(context.argv))
    context.stdout.write(errorDocument(shown, { oneLine: jsonLines.includes(commandWords(context)) }));
  else context.stderr.write(renderError(shown, context.stderr.colour));
  if (shown.code === "internal" && context.env["STIX_DEBUG"] === "1" && error instanceof Error)
    context.stderr.write(`${error.stack ?? ""}\n`);
  return shown.exit;
}

/** With -o json these print documents a line each, their last words too. */
const jsonLines: readonly string[] = ["logs", "events"];

async function suggestCluster(context: CliContext, error: StixError): Promise<StixError> {
  const { withNearCluster } = await import("./frame/near-cluster.ts");
  return await withNearCluster(context, error);
}

/** The words of the command itself, for its own errors. */
function commandWords(context: CliContext): string {
  const found = findCommand(context.argv);
  if (found.is === "unknown") return "";
  return found.is === "command" ? found.leaf.path : found.path.join(" ");
}

/** Looks at the words alone, because the error may be that they cannot be parsed. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (word, at) =>
      /^(-o|--output=)json$/i.test(word) ||
      ((word === "-o" || word === "--output") && argv[at + 1]?.toLowerCase() === "json"),
  );
}
