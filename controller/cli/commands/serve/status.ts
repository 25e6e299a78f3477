// `serve status`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";
import { config, ourOutput, verbose } from "#controller/cli/frame/options/general-options.ts";

export const serveStatus = defineCommand({
  path: "serve status",
  summary: "Show services and their replicas",
  args: { serviceNames: words("SERVICE_NAMES") },
  options: {
    config,
    verbose,
    endpoint: flag("--endpoint", "Print only the address", { group: "Output" }),
    output: ourOutput,
  },
  examples: [{ words: "serve status chat --endpoint", does: "the address of a service" }],
  planned: "services",
});
