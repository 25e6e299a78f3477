// `dashboard`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { config } from "#controller/cli/frame/options/general-options.ts";

export const dashboard = defineCommand({
  path: "dashboard",
  summary: "Open the dashboard in the browser",

  options: { config },
  planned: "pages for the browser",
});
