// `serve up`
import { defineCommand, requiredWords } from "#controller/cli/frame/define-command.ts";
import { text } from "#controller/cli/frame/define-option.ts";
import { config, detach, yes } from "#controller/cli/frame/options/general-options.ts";
import { acceleratorOptions, gitOptions, taskOptions } from "#controller/cli/frame/options/task-options.ts";

export const serveUp = defineCommand({
  path: "serve up",
  summary: "Serve a model: replicas behind one address",
  args: { serviceYaml: requiredWords("SERVICE_YAML", "file") },
  options: {
    config,
    serviceName: text("--service-name -n", "Name of the service", { group: "Task" }),
    ...taskOptions,
    ...acceleratorOptions,
    ...gitOptions,
    detach,
    yes,
  },
  examples: [{ words: "serve up -n chat service.yaml", does: "serve what the file describes" }],
  planned: "services",
});
