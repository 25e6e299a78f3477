// `local down`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { text } from "#controller/cli/frame/define-option.ts";
import { config, detach } from "#controller/cli/frame/options/general-options.ts";

export const localDown = defineCommand({
  path: "local down",
  summary: "Remove the Kubernetes cluster on this machine",
  options: { config, detach, name: text("--name", "Name of the Kubernetes cluster") },
  examples: [{ words: "local down", does: "remove it" }],
  planned: "Kubernetes clusters on this machine",
});
