// `explain`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { text } from "#controller/cli/frame/define-option.ts";
import { config, ourOutput } from "#controller/cli/frame/options/general-options.ts";
import {
  acceleratorOptions,
  gitOptions,
  nameOption,
  planningOptions,
  taskOptions,
} from "#controller/cli/frame/options/task-options.ts";

export const explain = defineCommand({
  path: "explain",
  summary: "Say why a task is placed where it is, or why not elsewhere",
  ours: true,
  args: { entrypoint: words("ENTRYPOINT", "file") },
  options: {
    config,
    name: nameOption,
    ...taskOptions,
    ...acceleratorOptions,
    ...gitOptions,
    about: text("--about", "Why not here: cloud[/region]", { group: "What to act on" }),
    aboutType: text("--about-type", "Why not this type of machine", { group: "What to act on" }),
    assumeEnabled: planningOptions.assumeEnabled,
    output: ourOutput,
  },
  examples: [
    { words: "explain task.yaml", does: "why the chosen offer was chosen" },
    { words: "explain --gpus H100:8 --about aws/us-east-1", does: "why not there" },
  ],
  run: async ({ args, options }, context) => {
    const { printExplanation } = await import("./shared/ask-prices.ts");
    return await printExplanation(context, args.entrypoint, options);
  },
});
