// `status`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag, integer } from "#controller/cli/frame/define-option.ts";
import { allUsers, config, output, refresh, verbose, watch } from "#controller/cli/frame/options/general-options.ts";

const sections = { on: true, group: "Output" } as const;

export const status = defineCommand({
  path: "status",
  summary: "Show clusters, managed jobs, pools and services",
  args: { clusters: words("CLUSTERS", "cluster_name") },
  options: {
    config,
    verbose,
    refresh,
    ip: flag("--ip", "Print only the address of the head node", { group: "Output" }),
    endpoints: flag("--endpoints", "Print the address of every open port", { group: "Output" }),
    endpoint: integer("--endpoint", "Print the address of this port", { group: "Output" }),
    showManagedJobs: flag(
      "--show-managed-jobs / --no-show-managed-jobs",
      "Show managed jobs (default), or leave them out",
      sections,
    ),
    showServices: flag("--show-services / --no-show-services", "Show services (default), or leave them out", sections),
    showPools: flag("--show-pools / --no-show-pools", "Show pools (default), or leave them out", sections),
    allUsers,
    output,
    watch,
  },
  examples: [
    { words: "status", does: "everything of yours" },
    { words: "status -v 'train-*'", does: "some clusters, every column" },
    { words: "status --ip train", does: "the address to log in to" },
    { words: "status --watch", does: "again every two seconds" },
    { words: "status -o json", does: "for programs" },
  ],
  run: async ({ args, options }, context) => {
    if (options.ip || options.endpoints || options.endpoint !== undefined) {
      const { printAddress } = await import("./address.ts");
      return await printAddress(context, args.clusters, options);
    }
    const { printStatus } = await import("./run.ts");
    if (options.watch === undefined) return await printStatus(context, args.clusters, options);
    const { watched } = await import("#controller/cli/print/watch.ts");
    return await watched(context, options.watch, options.output, (captured) =>
      printStatus(captured, args.clusters, options),
    );
  },
});
