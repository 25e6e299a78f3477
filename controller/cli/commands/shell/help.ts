// `help`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";

export const help = defineCommand({
  path: "help",
  summary: "Explain a command, or list all of them",
  ours: true,
  args: { command: words("COMMAND") },
  options: { json: flag("--json", "Print what every command takes as one JSON document", { group: "Output" }) },
  examples: [
    { words: "help launch", does: "the same as launch --help" },
    { words: "help --json", does: "for programs" },
  ],
  run: async ({ args, options }, context) => {
    const { printHelp } = await import("#controller/cli/frame/help/print-help.ts");
    return await printHelp(context, args.command, options.json);
  },
});
