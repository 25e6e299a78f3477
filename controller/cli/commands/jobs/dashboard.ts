// `jobs dashboard`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { config } from "#controller/cli/frame/options/general-options.ts";

export const jobsDashboard = defineCommand({
  path: "jobs dashboard",
  summary: "Open the page of managed jobs in the browser",
  options: { config },
  examples: [{ words: "jobs dashboard", does: "open it" }],
  planned: "pages for the browser",
});
