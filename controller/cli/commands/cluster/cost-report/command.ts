// `cost-report`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { flag, integerOr } from "#controller/cli/frame/define-option.ts";
import { config, output } from "#controller/cli/frame/options/general-options.ts";

export const costReport = defineCommand({
  path: "cost-report",
  summary: "Show what clusters have cost",
  options: {
    config,
    all: flag("--all -a", "Show every cluster, not only the five newest", { group: "Output" }),
    days: integerOr("--days", 30, "Look back this many days; 0 for all of them", { group: "What to act on" }),
    output,
  },
  examples: [
    { words: "cost-report", does: "the newest clusters of the last 30 days" },
    { words: "cost-report -a --days 0 -o json", does: "all there ever were, for programs" },
  ],
  run: async ({ options }, context) => {
    const { printCosts } = await import("./run.ts");
    return await printCosts(context, options);
  },
});
