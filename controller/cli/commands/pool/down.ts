// `jobs pool down`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { all, config, detach, purge, yes } from "#controller/cli/frame/options/general-options.ts";

export const poolDown = defineCommand({
  path: "jobs pool down",
  summary: "Remove pools and their workers",
  args: { poolNames: words("POOL_NAMES") },
  options: { config, all, purge, yes, detach },
  examples: [{ words: "jobs pool down p1", does: "remove one pool" }],
  planned: "pools",
});
