// `serve logs`
import { defineCommand, integerWords, requiredWord } from "#controller/cli/frame/define-command.ts";
import { flag, integer } from "#controller/cli/frame/define-option.ts";
import { config, follow } from "#controller/cli/frame/options/general-options.ts";

export const serveLogs = defineCommand({
  path: "serve logs",
  summary: "Print the output of a service's replicas",
  args: { serviceName: requiredWord("SERVICE_NAME"), replicaIds: integerWords("REPLICA_IDS") },
  options: {
    config,
    follow,
    controller: flag("--controller", "What the machinery did for the service", { group: "Output" }),
    loadBalancer: flag("--load-balancer", "What the load balancer did", { group: "Output" }),
    syncDown: flag("--sync-down -s", "Copy the files to ~/sky_logs instead", { group: "Output" }),
    tail: integer("--tail", "Begin with the last lines", { group: "Output" }),
  },
  examples: [{ words: "serve logs chat 1", does: "follow replica 1" }],
  planned: "services",
});
