// `ui`, another name of `dashboard`.
import { defineCommand } from "../../define-command.ts";
import { config } from "../../options/general-options.ts";

export const ui = defineCommand({
  path: "ui",
  summary: "Open the dashboard in the browser",
  hidden: true,
  options: { config },
  planned: "pages for the browser",
});
