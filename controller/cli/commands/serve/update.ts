// `serve update`
import { defineCommand, requiredWord, requiredWords } from "#controller/cli/frame/define-command.ts";
import { config, detach, mode, yes } from "#controller/cli/frame/options/general-options.ts";
import { acceleratorOptions, taskOptions } from "#controller/cli/frame/options/task-options.ts";

export const serveUpdate = defineCommand({
  path: "serve update",
  summary: "Bring a service to a new version",
  args: { serviceName: requiredWord("SERVICE_NAME"), serviceYaml: requiredWords("SERVICE_YAML", "file") },
  options: { config, ...taskOptions, ...acceleratorOptions, mode, detach, yes },
  examples: [{ words: "serve update chat service.yaml", does: "replace the replicas one by one" }],
  planned: "services",
});
