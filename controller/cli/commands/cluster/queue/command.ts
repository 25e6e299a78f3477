// `queue`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";
import { allUsers, config, output, strict, watch } from "#controller/cli/frame/options/general-options.ts";

export const queue = defineCommand({
  path: "queue",
  summary: "Show the jobs of clusters",
  args: { clusters: words("CLUSTERS", "cluster_name") },
  options: {
    config,
    allUsers,
    skipFinished: flag("--skip-finished -s", "Leave out jobs that have ended", { group: "What to act on" }),
    strict,
    output,
    watch,
  },
  examples: [
    { words: "queue", does: "the jobs of all your clusters" },
    { words: "queue train -s", does: "what is still to be done on one" },
    { words: "queue train --watch 5", does: "again every five seconds" },
  ],
  run: async ({ args, options }, context) => {
    const { printQueues } = await import("./run.ts");
    if (options.watch === undefined) return await printQueues(context, args.clusters, options);
    const { watched } = await import("#controller/cli/print/watch.ts");
    return await watched(context, options.watch, options.output, (captured) =>
      printQueues(captured, args.clusters, options),
    );
  },
});
