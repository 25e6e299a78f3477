// `dashboard`
import { defineCommand } from "../../define-command.ts";
import { config } from "../../options/general-options.ts";

export const dashboard = defineCommand({
  path: "dashboard",
  summary: "Open the dashboard in the browser",

  options: { config },
  planned: "pages for the browser",
});
