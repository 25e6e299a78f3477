// `serve down`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { integer } from "#controller/cli/frame/define-option.ts";
import { all, config, detach, purge, yes } from "#controller/cli/frame/options/general-options.ts";

export const serveDown = defineCommand({
  path: "serve down",
  summary: "Remove services",
  args: { serviceNames: words("SERVICE_NAMES") },
  options: {
    config,
    all,
    purge,
    yes,
    replicaId: integer("--replica-id", "Only this replica", { group: "What to act on" }),
    detach,
  },
  examples: [{ words: "serve down chat", does: "remove a service and its replicas" }],
  planned: "services",
});
