// `status-kubernetes`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { config, verbose } from "#controller/cli/frame/options/general-options.ts";

export const statusKubernetes = defineCommand({
  path: "status-kubernetes",
  summary: "Show everything of ours in a Kubernetes cluster",
  hidden: true,
  options: { config, verbose },
  planned: "reports on Kubernetes clusters",
});
