// `status-kubernetes`
import { defineCommand } from "../../define-command.ts";
import { notBuiltYet } from "../../not-built-yet.ts";
import { config, verbose } from "../../options/general-options.ts";

export const statusKubernetes = defineCommand({
  path: "status-kubernetes",
  summary: "Show everything of ours in a Kubernetes cluster",
  hidden: true,
  options: { config, verbose },
  run: notBuiltYet("reports on Kubernetes clusters"),
});
