// `jobs pool status`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";
import { config, ourOutput, verbose } from "#controller/cli/frame/options/general-options.ts";

export const poolStatus = defineCommand({
  path: "jobs pool status",
  summary: "Show pools and their workers",
  args: { poolNames: words("POOL_NAMES") },
  options: { config, verbose, all: flag("--all -a", "Show every worker", { group: "Output" }), output: ourOutput },
  examples: [{ words: "jobs pool status p1", does: "show one pool" }],
  planned: "pools",
});
