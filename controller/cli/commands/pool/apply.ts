// `jobs pool apply`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { integer, text } from "#controller/cli/frame/define-option.ts";
import { config, detach, mode, yes } from "#controller/cli/frame/options/general-options.ts";
import { acceleratorOptions, taskOptions } from "#controller/cli/frame/options/task-options.ts";

export const poolApply = defineCommand({
  path: "jobs pool apply",
  summary: "Create a pool of workers, or change one",
  args: { poolYaml: words("POOL_YAML", "file") },
  options: {
    config,
    pool: text("--pool -p", "Name of the pool; needed with --workers", { group: "What to act on" }),
    mode,
    workers: integer("--workers", "New number of workers, without a file"),
    ...taskOptions,
    ...acceleratorOptions,
    detach,
    yes,
  },
  examples: [
    { words: "jobs pool apply -p p1 pool.yaml", does: "create the pool p1" },
    { words: "jobs pool apply -p p1 --workers 8", does: "change its size" },
  ],
  planned: "pools",
});
