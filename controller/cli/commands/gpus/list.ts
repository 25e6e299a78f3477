// `gpus list`
import { defineCommand, word } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";
import { config, output, verbose } from "#controller/cli/frame/options/general-options.ts";
import { filterOptions } from "#controller/cli/frame/options/task-options.ts";

export const gpusList = defineCommand({
  path: "gpus list",
  summary: "List accelerators: where they exist and what they cost",
  args: { acceleratorStr: word("ACCELERATOR_STR") },
  options: {
    config,
    all: flag("--all -a", "List every accelerator there is", { group: "What to act on" }),
    ...filterOptions,
    allRegions: flag("--all-regions", "Prices of every region, for one accelerator", { group: "Output" }),
    verbose,
    output,
  },
  examples: [
    { words: "gpus list", does: "the usual ones" },
    { words: "gpus list H100:8", does: "who has eight of them in one machine, cheapest first" },
    { words: "gpus list A100 --infra aws --all-regions", does: "one cloud, every region" },
  ],
  run: async ({ args, options }, context) => {
    const { printGpus } = await import("./shared/gpu-tables.ts");
    return await printGpus(context, args.acceleratorStr, options);
  },
});
