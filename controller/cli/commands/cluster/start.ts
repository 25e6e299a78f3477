// `start`
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { changeClusters, namedClusters, onlyCluster, selectClusters } from "./shared/change-clusters.ts";
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";
import {
  all,
  config,
  detach,
  idleMinutes,
  ourOutput,
  retryUntilUp,
  strict,
  waitFor,
  yes,
} from "#controller/cli/frame/options/general-options.ts";

export const start = defineCommand({
  path: "start",
  summary: "Start stopped clusters again, in the same place",
  args: { clusters: words("CLUSTERS", "cluster_name") },
  options: {
    config,
    all,
    yes,
    idleMinutes,
    waitFor,
    down: flag("--down", "Remove the cluster when the idle minutes are over; needs -i", { group: "Cluster" }),
    retryUntilUp,
    force: flag("--force -f", "Also clusters that are up: repair their runtime"),
    strict,
    detach,
    output: ourOutput,
  },
  examples: [
    { words: "start train", does: "start one" },
    { words: "start train -i 30", does: "and stop it after 30 idle minutes" },
  ],
  run: async ({ args, options }, context) => {
    if (options.down && options.idleMinutes === undefined) {
      throw new StixError({
        code: "usage",
        message: "'--down' needs '--idle-minutes-to-autostop'",
        hint: "{program} start NAME --down -i 30",
      });
    }
    const connection = await context.connect({ config: options.config });
    const names =
      args.clusters.length === 0 && !options.all
        ? await onlyCluster(context, connection, "start", options.output)
        : args.clusters;
    if (names === undefined) return 0;
    const selected = await selectClusters(
      context,
      connection,
      { names, all: options.all, allUsers: false, strict: options.strict, output: options.output },
      "start",
    );
    const clusters = selected.filter((one) => {
      const needed = options.force || one.status !== clusterState.UP;
      if (!needed)
        (options.output === "json" ? context.stderr : context.stdout).write(
          `Cluster ${one.name} already has status UP.\n`,
        );
      return needed;
    });
    return await changeClusters(context, connection, clusters, {
      name: "start",
      body: (cluster) => ({
        cluster_name: cluster.name,
        idle_minutes_to_autostop: options.idleMinutes ?? null,
        wait_for: options.waitFor ?? null,
        retry_until_up: options.retryUntilUp,
        down: options.down,
        force: options.force,
      }),
      title: "Starting",
      doing: (name) => `Starting cluster ${name}`,
      after: (name) => [`Cluster ${name} started.`, `  To run on it: ${context.program} exec ${name} yaml_file`],
      question: (names) => `Restarting ${namedClusters(names)}. Proceed?`,
      yes: options.yes,
      detach: options.detach,
      output: options.output,
    });
  },
});
