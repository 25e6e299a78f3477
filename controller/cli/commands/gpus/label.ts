// `gpus label`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { flag, text } from "#controller/cli/frame/define-option.ts";
import { config } from "#controller/cli/frame/options/general-options.ts";

export const gpusLabel = defineCommand({
  path: "gpus label",
  summary: "Label the nodes of a Kubernetes cluster with their GPUs",
  options: {
    config,
    context: text("--context -c", "Context of the Kubernetes cluster", { group: "What to act on" }),
    cleanup: flag("--cleanup", "Only remove what labelling left behind"),
    detach: flag("--async", "Do not wait for the end"),
  },
  examples: [{ words: "gpus label -c my-cluster", does: "label one cluster" }],
  planned: "labels on Kubernetes nodes",
});
