// `workspace use`
import { defineCommand, word } from "../../define-command.ts";
import { flag } from "../../define-option.ts";
import { config } from "../../options/general-options.ts";

export const workspaceUse = defineCommand({
  path: "workspace use",
  summary: "Choose the workspace you work in",
  args: { name: word("NAME") },
  options: { config, clear: flag("--clear", "Have no preference any more") },
  examples: [{ words: "workspace use research", does: "work in research from now on" }],
  planned: "workspaces",
});
