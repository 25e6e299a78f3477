// `workspace use`
import { defineCommand, word } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";
import { config } from "#controller/cli/frame/options/general-options.ts";

export const workspaceUse = defineCommand({
  path: "workspace use",
  summary: "Choose the workspace you work in",
  args: { name: word("NAME") },
  options: { config, clear: flag("--clear", "Have no preference any more") },
  examples: [{ words: "workspace use research", does: "work in research from now on" }],
  planned: "workspaces",
});
