// `autostop`
import { StixError } from "#shared/errors/stix-error.ts";
import { changeClusters, namedClusters, selectClusters } from "./shared/change-clusters.ts";
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag, integer } from "#controller/cli/frame/define-option.ts";
import {
  all,
  allUsers,
  config,
  detach,
  ourOutput,
  strict,
  waitFor,
  yes,
} from "#controller/cli/frame/options/general-options.ts";

const IDLE_MINUTES_DEFAULT = 5;
const CANCELLED = -1;

export const autostop = defineCommand({
  path: "autostop",
  summary: "Stop or remove clusters by themselves once they are idle",
  args: { clusters: words("CLUSTERS", "cluster_name") },
  options: {
    config,
    all,
    allUsers,
    idleMinutes: integer("--idle-minutes -i", "How many idle minutes; 5 when left out", { group: "Cluster" }),
    waitFor,
    cancel: flag("--cancel", "Take the setting away"),
    down: flag("--down", "Remove the cluster instead of stopping it", { group: "Cluster" }),
    yes,
    strict,
    detach,
    output: ourOutput,
  },
  examples: [
    { words: "autostop train -i 30", does: "stop after half an hour without jobs or logins" },
    { words: "autostop train -i 0 --down --wait-for jobs", does: "remove as soon as the jobs are done" },
    { words: "autostop train --cancel", does: "stay up" },
  ],
  run: async ({ args, options }, context) => {
    if (options.cancel && options.idleMinutes !== undefined) {
      throw new StixError({
        code: "usage",
        message: "'--idle-minutes' does not go with '--cancel'",
        hint: "{program} autostop NAME --cancel",
      });
    }
    const minutes = options.cancel ? CANCELLED : (options.idleMinutes ?? IDLE_MINUTES_DEFAULT);
    const cancels = minutes < 0;
    const connection = await context.connect({ config: options.config });
    const clusters = await selectClusters(context, connection, { names: args.clusters, ...options }, "autostop");
    const kind = options.down ? "down" : "stop";
    const verb = cancels ? "Cancelling auto{stop,down} on" : `Scheduling auto${kind} on`;
    return await changeClusters(context, connection, clusters, {
      name: "autostop",
      body: (cluster) => ({
        cluster_name: cluster.name,
        idle_minutes: minutes,
        wait_for: options.waitFor ?? null,
        down: options.down,
        hook: null,
        hook_timeout: null,
      }),
      title: verb,
      doing: (name) => `${verb} cluster '${name}'`,
      after: (name) =>
        cancels
          ? []
          : [
              `  The cluster will be auto${options.down ? "downed" : "stopped"} after ${minutes} minute${minutes === 1 ? "" : "s"} of idleness.`,
              `  To cancel the auto${kind}, run: ${context.program} autostop ${name} --cancel`,
            ],
      question: (names) => `${verb} ${namedClusters(names)}. Proceed?`,
      yes: options.yes,
      detach: options.detach,
      output: options.output,
    });
  },
});
