// `jobs logs`
import { defineCommand, integerWord, word } from "#controller/cli/frame/define-command.ts";
import { flag, integerOr, text } from "#controller/cli/frame/define-option.ts";
import { config, follow, refresh } from "#controller/cli/frame/options/general-options.ts";

export const jobsLogs = defineCommand({
  path: "jobs logs",
  summary: "Print the output of a managed job",
  args: { jobId: integerWord("JOB_ID"), task: word("TASK") },
  options: {
    config,
    name: text("--name -n", "The job of this name", { group: "What to act on" }),
    follow,
    controller: flag("--controller", "What the machinery did for the job, not what the job printed", {
      group: "Output",
    }),
    refresh,
    syncDown: flag("--sync-down -s", "Copy the files to ~/sky_logs instead", { group: "Output" }),
    tail: integerOr("--tail", -1, "Begin with the last lines; 0 for all of them", { group: "Output" }),
  },
  examples: [{ words: "jobs logs 3", does: "follow job 3" }],
  planned: "managed jobs",
});
