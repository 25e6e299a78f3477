// `show-gpus`, the old name of `gpus list`
import { defineCommand, word } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";
import { config, verbose } from "#controller/cli/frame/options/general-options.ts";
import { filterOptions } from "#controller/cli/frame/options/task-options.ts";

export const showGpus = defineCommand({
  path: "show-gpus",
  summary: "List accelerators: where they exist and what they cost",
  hidden: true,
  deprecated: "gpus list",
  args: { acceleratorStr: word("ACCELERATOR_STR") },
  options: {
    config,
    all: flag("--all -a", "List every accelerator there is", { group: "What to act on" }),
    ...filterOptions,
    allRegions: flag("--all-regions", "Prices of every region, for one accelerator", { group: "Output" }),
    verbose,
  },
  run: async ({ args, options }, context) => {
    const { printGpus } = await import("./shared/gpu-tables.ts");
    return await printGpus(context, args.acceleratorStr, { ...options, output: "table" });
  },
});
