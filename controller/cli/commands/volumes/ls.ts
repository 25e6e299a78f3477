// `volumes ls`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { config, output, refresh, verbose } from "#controller/cli/frame/options/general-options.ts";

export const volumesLs = defineCommand({
  path: "volumes ls",
  summary: "List volumes",
  args: { names: words("NAMES", "volume_name") },
  options: { config, verbose, refresh, output },
  examples: [{ words: "volumes ls", does: "list them" }],
  planned: "volumes",
});
