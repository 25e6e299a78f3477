// `doctor adopt`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { text } from "#controller/cli/frame/define-option.ts";
import { config, ourOutput } from "#controller/cli/frame/options/general-options.ts";

export const doctorAdopt = defineCommand({
  path: "doctor adopt",
  summary: "Take clusters back that run without a record here",
  description:
    "What is known of a cluster is read from its head. Its jobs go on untouched; afterwards queue, logs, exec, stop and down work as before. `doctor leaks` shows the ids.",
  args: { ids: words("IDS") },
  options: {
    config,
    name: text("--name", "Call it so here; for one cluster, when its own name is taken"),
    output: ourOutput,
  },
  examples: [
    { words: "doctor adopt", does: "take back all" },
    { words: "doctor adopt train-x7k2p9 --name train-2", does: "one, under another name" },
  ],
  ours: true,
  run: async ({ args, options }, context) => {
    const { adoptLeaks } = await import("./run.ts");
    return await adoptLeaks(context, args.ids, options);
  },
});
