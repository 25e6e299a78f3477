// `api stop`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";

export const apiStop = defineCommand({
  path: "api stop",
  summary: "Stop the API server on this machine; clusters and their jobs go on",
  options: {
    force: flag("--force", "Kill it when it does not end by itself; nothing that it was at work on is lost", {
      ours: true,
    }),
  },
  examples: [
    { words: "api stop", does: "stop it" },
    { words: "api stop --force", does: "stop one that does not answer" },
  ],
  run: async ({ options }, context) => {
    const { stopApi } = await import("./run.ts");
    return await stopApi(context, options);
  },
});
