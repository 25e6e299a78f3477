// `launch`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag, text } from "#controller/cli/frame/define-option.ts";
import {
  config,
  detach,
  idleMinutes,
  ourOutput,
  retryUntilUp,
  waitFor,
  yes,
} from "#controller/cli/frame/options/general-options.ts";
import {
  acceleratorOptions,
  detachRunWithOff,
  gitOptions,
  nameOption,
  planningOptions,
  priorityOption,
  taskOptions,
  workspaceOption,
} from "#controller/cli/frame/options/task-options.ts";

export const launch = defineCommand({
  path: "launch",
  summary: "Launch a cluster if need be, set it up and run a task on it",
  description:
    "Finds the cheapest place that fits, makes the cluster there, or takes the one that is up, syncs files, runs setup, " +
    "submits the job and follows its output.\n" +
    "The exit status is the job's outcome: 0 succeeded, 100 failed, 101 not finished, 102 not found, 103 cancelled.",
  args: { entrypoint: words("ENTRYPOINT", "file") },
  options: {
    config,
    cluster: text("--cluster -c", "Name of the cluster; one is made up when left out", { group: "Cluster" }),
    dryrun: flag("--dryrun", "Print the plan and make nothing"),
    detachRun: detachRunWithOff,
    docker: flag("--docker", "Run in Docker on this machine", { hidden: true }),
    name: nameOption,
    priority: priorityOption,
    ...taskOptions,
    ...acceleratorOptions,
    detach,
    idleMinutes,
    waitFor,
    down: flag("--down", "Remove the cluster once its jobs have ended, or when the idle minutes are over", {
      group: "Cluster",
    }),
    retryUntilUp,
    yes,
    noSetup: flag("--no-setup", "Do not run setup"),
    cloneDiskFrom: text("--clone-disk-from --clone", "Begin with a copy of a stopped cluster's system disk", {
      group: "Cluster",
    }),
    fast: flag("--fast", "Skip what a cluster that is up already has"),
    resize: flag("--resize", "Change the number of nodes of the cluster", { group: "Cluster" }),
    ...gitOptions,
    workspace: workspaceOption,
    ...planningOptions,
    output: ourOutput,
  },
  examples: [
    { words: "launch task.yaml", does: "on a new cluster" },
    {
      words: "launch -c train --gpus A100:8 task.yaml",
      does: "on the cluster train, with other resources than the file asks",
    },
    { words: "launch -c dev -i 30 --down", does: "a bare cluster that goes away after 30 idle minutes" },
    { words: "launch --dryrun -o json task.yaml", does: "the plan as JSON" },
    { words: "launch -c dev --infra local 'echo hi'", does: "a command on this machine" },
  ],
  run: async ({ args, options, given }, context) => {
    const { runLaunch } = await import("./run.ts");
    return await runLaunch(context, { ...options, entrypoint: args.entrypoint, given });
  },
});
