// `offer`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { choiceOr, flag, integerOr } from "#controller/cli/frame/define-option.ts";
import { config, ourOutput } from "#controller/cli/frame/options/general-options.ts";
import { acceleratorOptions, gitOptions, nameOption, taskOptions } from "#controller/cli/frame/options/task-options.ts";

export const offer = defineCommand({
  path: "offer",
  summary: "List the offers that fit a task, cheapest first",
  description: "Clouds that are not enabled here are listed too, and named below the table.",
  ours: true,
  args: { entrypoint: words("ENTRYPOINT", "file") },
  options: {
    config,
    name: nameOption,
    ...taskOptions,
    ...acceleratorOptions,
    ...gitOptions,
    order: choiceOr("--order", ["price", "cpus", "memory", "cloud", "region", "as-of"], "price", "What to sort by", {
      group: "Output",
    }),
    limit: integerOr("--limit -l", 50, "Show at most this many", { min: 1, group: "Output" }),
    expected: flag("--expected", "Spot prices by the hour of useful work, interruptions counted in", {
      group: "Output",
    }),
    output: ourOutput,
  },
  examples: [
    { words: "offer --gpus H100:8", does: "everywhere eight H100 can be had in one machine" },
    { words: "offer --cpus 8+ --infra aws --order region -o json", does: "one cloud, for programs" },
  ],
  run: async ({ args, options }, context) => {
    const { printOffers } = await import("./shared/ask-prices.ts");
    return await printOffers(context, args.entrypoint, options);
  },
});
