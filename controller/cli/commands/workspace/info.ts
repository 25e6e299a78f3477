// `workspace info`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { config, output } from "#controller/cli/frame/options/general-options.ts";

export const workspaceInfo = defineCommand({
  path: "workspace info",
  summary: "Show the workspace you work in, and why",
  options: { config, output },
  examples: [{ words: "workspace info", does: "show it" }],
  planned: "workspaces",
});
