// `doctor leaks`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";
import { config, ourOutput, yes } from "#controller/cli/frame/options/general-options.ts";

export const doctorLeaks = defineCommand({
  path: "doctor leaks",
  summary: "Show machines that run without a record here, or remove them",
  description:
    "Clouds are asked for everything that carries our mark. What no record knows runs on (and costs) after a database was lost, or belongs to another installation that uses the same account: look before you remove.",
  args: { ids: words("IDS") },
  options: {
    config,
    remove: flag("--remove", "Remove the machines with these ids, or all that are shown"),
    yes,
    output: ourOutput,
  },
  examples: [
    { words: "doctor leaks", does: "show them, with what each is called" },
    { words: "doctor adopt", does: "take all of them back" },
    { words: "doctor leaks --remove train-x7k2p9", does: "remove the machines of one" },
  ],
  ours: true,
  run: async ({ args, options }, context) => {
    const { printLeaks, removeLeaks } = await import("./run.ts");
    return options.remove
      ? await removeLeaks(context, args.ids, options)
      : await printLeaks(context, args.ids, options);
  },
});
