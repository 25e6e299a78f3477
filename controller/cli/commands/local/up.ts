// `local up`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { flag, integer, integerOr, text } from "#controller/cli/frame/define-option.ts";
import { config, detach } from "#controller/cli/frame/options/general-options.ts";

export const localUp = defineCommand({
  path: "local up",
  summary: "Make a Kubernetes cluster of containers on this machine",
  options: {
    config,
    detach,
    numNodes: integerOr("--num-nodes", 1, "How many nodes", { min: 1 }),
    portStart: integer("--port-start", "First host port to use; a multiple of 100"),
    name: text("--name", "Name of the Kubernetes cluster"),
    gpus: flag("--gpus / --no-gpus", "Let containers use this machine's GPUs (default), or not", { on: true }),
  },
  examples: [{ words: "local up", does: "make one" }],
  planned: "Kubernetes clusters on this machine",
});
