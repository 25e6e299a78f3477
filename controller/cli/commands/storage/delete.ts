// `storage delete`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { all, config, detach, yes } from "#controller/cli/frame/options/general-options.ts";

export const storageDelete = defineCommand({
  path: "storage delete",
  summary: "Delete buckets and what is in them",
  args: { names: words("NAMES", "storage_name") },
  options: { config, all, yes, detach },
  examples: [
    { words: "storage delete checkpoints", does: "delete one bucket" },
    { words: "storage delete 'run-*' -y", does: "delete all that match, without asking" },
  ],
  planned: "buckets",
});
