// `explain`
import { defineCommand, words } from "../../define-command.ts";
import { notBuiltYet } from "../../not-built-yet.ts";
import { config, ourOutput } from "../../options/general-options.ts";
import { acceleratorOptions, planningOptions, taskOptions } from "../../options/task-options.ts";

export const explain = defineCommand({
  path: "explain",
  summary: "Say why a task is placed where it is, or why nowhere",
  ours: true,
  args: { entrypoint: words("ENTRYPOINT", "file") },
  options: { config, ...taskOptions, ...acceleratorOptions, ...planningOptions, output: ourOutput },
  examples: [{ words: "explain task.yaml", does: "what was considered, and what was left out for which reason" }],
  run: notBuiltYet("explanations of plans"),
});
