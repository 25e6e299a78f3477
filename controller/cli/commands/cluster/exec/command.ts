// `exec`
import { StixError } from "#shared/errors/stix-error.ts";
import { defineCommand, word, words } from "#controller/cli/frame/define-command.ts";
import { text } from "#controller/cli/frame/define-option.ts";
import { config, detach, ourOutput } from "#controller/cli/frame/options/general-options.ts";
import {
  acceleratorOptions,
  detachRun,
  gitOptions,
  nameOption,
  taskOptions,
} from "#controller/cli/frame/options/task-options.ts";

export const exec = defineCommand({
  path: "exec",
  summary: "Run a task or a command on a cluster that is up",
  description:
    "Submits a job to the cluster's queue and follows its output. Files of the workdir are synced again, setup is not run again.\n" +
    "The exit status is the job's outcome: 0 succeeded, 100 failed, 101 not finished, 102 not found, 103 cancelled.\n" +
    "With -o json the job's id is printed and the job is not followed; logs -o json follows it.",
  args: { cluster: word("CLUSTER", "cluster_name"), entrypoint: words("ENTRYPOINT", "file") },
  options: {
    config,
    clusterOption: text("--cluster -c", "The cluster; then every word is the task", {
      hidden: true,
      group: "What to act on",
    }),
    detachRun,
    name: nameOption,
    ...taskOptions,
    ...acceleratorOptions,
    detach,
    ...gitOptions,
    output: ourOutput,
  },
  examples: [
    { words: "exec train task.yaml", does: "run the task's run section again" },
    { words: "exec train 'python eval.py'", does: "run a command" },
    { words: "exec task.yaml --cluster train", does: "the same with the cluster as an option" },
    { words: "exec train -o json 'python eval.py'", does: "for programs: the job's id" },
    { words: "exec train --gpus A100:1 -d task.yaml", does: "ask for one GPU of the cluster, do not follow" },
  ],
  run: async ({ args, options, given }, context) => {
    const cluster = options.clusterOption ?? args.cluster;
    const entrypoint =
      options.clusterOption === undefined
        ? args.entrypoint
        : [...(args.cluster === undefined ? [] : [args.cluster]), ...args.entrypoint];
    if (cluster === undefined) throw missing("CLUSTER");
    if (entrypoint.length === 0) throw missing("ENTRYPOINT");
    const { runExec } = await import("./run.ts");
    return await runExec(context, { ...options, cluster, entrypoint, given });
  },
});

function missing(name: string): StixError {
  return new StixError({
    code: "usage",
    message: `argument ${name} is missing`,
    hint: "{program} exec CLUSTER 'command', or {program} exec FILE --cluster CLUSTER",
  });
}
