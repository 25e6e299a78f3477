// `offer`
import { defineCommand, words } from "../../define-command.ts";
import { notBuiltYet } from "../../not-built-yet.ts";
import { config, ourOutput } from "../../options/general-options.ts";
import { acceleratorOptions, planningOptions, taskOptions } from "../../options/task-options.ts";

export const offer = defineCommand({
  path: "offer",
  summary: "List the offers that fit a task, cheapest first",
  ours: true,
  args: { entrypoint: words("ENTRYPOINT", "file") },
  options: { config, ...taskOptions, ...acceleratorOptions, ...planningOptions, output: ourOutput },
  examples: [{ words: "offer --gpus H100:8", does: "everywhere eight H100 can be had" }],
  run: notBuiltYet("lists of offers"),
});
