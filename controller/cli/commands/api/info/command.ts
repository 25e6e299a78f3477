// `api info`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { config, output } from "#controller/cli/frame/options/general-options.ts";

export const apiInfo = defineCommand({
  path: "api info",
  summary: "Show which API server is used, and whether it is well",
  options: { config, output },
  examples: [{ words: "api info", does: "show it" }],
  run: async ({ options }, context) => {
    const { showApi } = await import("./run.ts");
    return await showApi(context, options);
  },
});
