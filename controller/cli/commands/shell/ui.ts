// `ui`, another name of `dashboard`.
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { config } from "#controller/cli/frame/options/general-options.ts";

export const ui = defineCommand({
  path: "ui",
  summary: "Open the dashboard in the browser",
  hidden: true,
  options: { config },
  planned: "pages for the browser",
});
