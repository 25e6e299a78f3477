// `jobs launch`
import { defineCommand, requiredWords } from "#controller/cli/frame/define-command.ts";
import { flag, integer, text } from "#controller/cli/frame/define-option.ts";
import { config, detach, yes } from "#controller/cli/frame/options/general-options.ts";
import {
  acceleratorOptions,
  detachRun,
  gitOptions,
  nameOption,
  priorityOption,
  taskOptions,
  workspaceOption,
} from "#controller/cli/frame/options/task-options.ts";

export const jobsLaunch = defineCommand({
  path: "jobs launch",
  summary: "Run a task as a managed job that survives its clusters",
  args: { entrypoint: requiredWords("ENTRYPOINT", "file") },
  options: {
    config,
    name: nameOption,
    cluster: text("--cluster -c", "Name of the job", { deprecated: "--name" }),
    priority: priorityOption,
    jobRecovery: text("--job-recovery", "How to recover: the name of a strategy"),
    ...taskOptions,
    ...acceleratorOptions,
    detach,
    detachRun,
    pool: text("--pool -p", "Run on a worker of this pool", { group: "What to act on" }),
    numJobs: integer("--num-jobs", "How many jobs to submit, with a pool"),
    jobGroup: text("--job-group", "Running job group to join: its id or its name", { group: "What to act on" }),
    noJobGroup: flag("--no-job-group", "Stand alone even when launched inside a job group", {
      group: "What to act on",
    }),
    ...gitOptions,
    workspace: workspaceOption,
    yes,
  },
  examples: [
    { words: "jobs launch train.yaml", does: "run the task, and again elsewhere when its machine goes away" },
    {
      words: "jobs launch -n sweep --pool p1 --num-jobs 100 train.yaml",
      does: "a hundred jobs on the workers of a pool",
    },
  ],
  planned: "managed jobs",
});
