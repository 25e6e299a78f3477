// `storage ls`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { config, ourOutput, verbose } from "#controller/cli/frame/options/general-options.ts";

export const storageLs = defineCommand({
  path: "storage ls",
  summary: "List the buckets made for tasks",
  options: { config, verbose, output: ourOutput },
  examples: [{ words: "storage ls", does: "list them" }],
  planned: "buckets",
});
