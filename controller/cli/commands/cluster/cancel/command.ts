// `cancel`
import { defineCommand, integerWords, requiredWord } from "#controller/cli/frame/define-command.ts";
import { allUsers, all, config, detach, ourOutput, yes } from "#controller/cli/frame/options/general-options.ts";

export const cancel = defineCommand({
  path: "cancel",
  summary: "Cancel jobs of a cluster",
  description: "Without ids and without -a or -u, the newest running job of yours is cancelled.",
  args: { cluster: requiredWord("CLUSTER", "cluster_name"), jobs: integerWords("JOBS", "job_id") },
  options: { config, all, allUsers, yes, detach, output: ourOutput },
  examples: [
    { words: "cancel train 1 3", does: "two jobs" },
    { words: "cancel train -a", does: "every job of yours" },
    { words: "cancel 'train-*' -a -y", does: "on every cluster that matches, without asking" },
    { words: "cancel train -a -y -o json", does: "for programs: what became of each cluster" },
  ],
  run: async ({ args, options }, context) => {
    const { cancelJobs } = await import("./run.ts");
    return await cancelJobs(context, args, options);
  },
});
