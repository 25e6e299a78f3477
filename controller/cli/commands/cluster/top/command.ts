// `top`: clusters as they are at work
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { number } from "#controller/cli/frame/define-option.ts";
import { allUsers, config, ourOutput } from "#controller/cli/frame/options/general-options.ts";

const EVERY_SECONDS_DEFAULT = 2;

export const top = defineCommand({
  path: "top",
  summary: "Watch how busy clusters are: nodes with CPU, memory and GPU, and open jobs",
  description:
    "On a terminal it is drawn again until q or Ctrl-C, which end it with 0; in a pipe, and with -o json, it is printed once. " +
    "Nodes tell only when they are asked. Nodes of this machine share its figures.",
  ours: true,
  args: { clusters: words("CLUSTERS", "cluster_name") },
  options: {
    config,
    every: number("--every", "Seconds between two looks (default 2)", { group: "Output" }),
    allUsers,
    output: ourOutput,
  },
  examples: [
    { words: "top", does: "all of yours" },
    { words: "top 'train-*' --every 10", does: "some, more seldom" },
    { words: "top -o json", does: "once, for programs" },
  ],
  run: async ({ args, options }, context) => {
    const { printTop } = await import("./run.ts");
    return await printTop(context, args.clusters, { ...options, every: options.every ?? EVERY_SECONDS_DEFAULT });
  },
});
