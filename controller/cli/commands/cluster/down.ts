// `down`
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
  purge,
  strict,
  yes,
} from "#controller/cli/frame/options/general-options.ts";

export const down = defineCommand({
  path: "down",
  summary: "Remove clusters and everything on them",
  args: { clusters: words("CLUSTERS", "cluster_name") },
  options: { config, all, allUsers, yes, purge, graceful, gracefulTimeout, strict, detach, output: ourOutput },
  examples: [
    { words: "down train", does: "remove one" },
    { words: "down 'dev-*' -y", does: "all that match, without asking" },
    { words: "down -a", does: "all of yours" },
    { words: "down train -y -o json", does: "for programs: what became of each" },
  ],
  run: async ({ args, options }, context) => {
    const connection = await context.connect({ config: options.config });
    const clusters = await selectClusters(context, connection, { names: args.clusters, ...options }, "down");
    return await changeClusters(context, connection, clusters, {
      name: "down",
      body: (cluster) => ({
        cluster_name: cluster.name,
        purge: options.purge,
        graceful: options.graceful,
        graceful_timeout: options.gracefulTimeout ?? null,
      }),
      title: "Terminating",
      doing: (name) => `Terminating cluster ${name}`,
      after: () => [],
      question: (names) => `Terminating ${namedClusters(names)}. Proceed?`,
      yes: options.yes,
      detach: options.detach,
      output: options.output,
    });
  },
});
