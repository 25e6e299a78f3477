// `stop`
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { changeClusters, namedClusters, selectClusters } from "./shared/change-clusters.ts";
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import {
  all,
  allUsers,
  config,
  detach,
  graceful,
  gracefulTimeout,
  ourOutput,
  strict,
  yes,
} from "#controller/cli/frame/options/general-options.ts";

export const stop = defineCommand({
  path: "stop",
  summary: "Stop clusters; their disks are kept",
  args: { clusters: words("CLUSTERS", "cluster_name") },
  options: { config, all, allUsers, yes, graceful, gracefulTimeout, strict, detach, output: ourOutput },
  examples: [
    { words: "stop train", does: "stop one" },
    { words: "stop -a -y", does: "all of yours, without asking" },
  ],
  run: async ({ args, options }, context) => {
    const connection = await context.connect({ config: options.config });
    const selected = await selectClusters(context, connection, { names: args.clusters, ...options }, "stop");
    const clusters = options.all ? selected.filter((one) => one.status !== clusterState.STOPPED) : selected;
    return await changeClusters(context, connection, clusters, {
      name: "stop",
      body: (cluster) => ({
        cluster_name: cluster.name,
        purge: false,
        graceful: options.graceful,
        graceful_timeout: options.gracefulTimeout ?? null,
      }),
      title: "Stopping",
      doing: (name) => `Stopping cluster ${name}`,
      after: (name) => [`  To restart the cluster, run: ${context.program} start ${name}`],
      question: (names) => `Stopping ${namedClusters(names)}. Proceed?`,
      yes: options.yes,
      detach: options.detach,
      output: options.output,
    });
  },
});
