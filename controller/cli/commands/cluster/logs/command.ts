// `logs`
import { defineCommand, word, words } from "#controller/cli/frame/define-command.ts";
import { flag, integer, integerOr, text } from "#controller/cli/frame/define-option.ts";
import { config, follow, followShort, ourOutput } from "#controller/cli/frame/options/general-options.ts";

export const logs = defineCommand({
  path: "logs",
  summary: "Print the output of a job",
  description:
    "Without an id it is the newest job. While following, the last 1000 lines come first; --tail 0 gives all of them.\n" +
    "The exit status is the job's outcome: 0 succeeded, 100 failed, 101 not finished, 102 not found, 103 cancelled.\n" +
    "With -o json each line of output is a JSON document on a line of its own, with job_id, attempt, stream, rank, node and line; " +
    "the last has job_id and status.",
  args: { cluster: word("CLUSTER", "cluster_name"), jobIds: words("JOB_IDS", "job_id") },
  options: {
    config,
    provision: flag("--provision", "How the cluster was made, instead of a job's output", { group: "Output" }),
    hook: text("--hook", "The output of a hook: stop, preemption or down; alone: the one that ran", {
      bare: "",
      group: "Output",
    }),
    autostop: flag("--autostop", "The output of the stop hook", { deprecated: "--hook stop", group: "Output" }),
    worker: integer("--worker -w", "Of this worker, from 1; with --provision", { group: "What to act on" }),
    syncDown: flag("--sync-down -s", "Copy the files to ~/sky_logs instead", { group: "Output" }),
    status: flag("--status", "Print no output; the exit status tells the job's state", { group: "Output" }),
    follow,
    followShort,
    output: ourOutput,
    tail: integerOr("--tail", -1, "Begin with the last lines; 0 for all of them", { group: "Output" }),
  },
  examples: [
    { words: "logs train", does: "follow the newest job" },
    { words: "logs train 3 --no-follow --tail 50", does: "the last lines of job 3" },
    { words: "logs train 3 --status", does: "only how it stands" },
    { words: "logs train 3 -o json", does: "for programs: a JSON document for each line" },
    { words: "logs train -s", does: "copy the files here" },
  ],
  run: async ({ args, options, given }, context) => {
    const { printLogs } = await import("./run.ts");
    return await printLogs(context, args.cluster, args.jobIds, { ...options, given });
  },
});
