// `volumes delete`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { all, config, detach, purge, yes } from "#controller/cli/frame/options/general-options.ts";

export const volumesDelete = defineCommand({
  path: "volumes delete",
  summary: "Delete volumes",
  args: { names: words("NAMES", "volume_name") },
  options: { config, all, purge, yes, detach },
  examples: [{ words: "volumes delete data", does: "delete one volume" }],
  planned: "volumes",
});
