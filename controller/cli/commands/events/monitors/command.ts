// `events monitors`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { config, ourOutput } from "#controller/cli/frame/options/general-options.ts";

export const eventsMonitors = defineCommand({
  path: "events monitors",
  summary: "List the credentials that monitors were given, and when they end",
  ours: true,
  options: { config, output: ourOutput },
  examples: [{ words: "events monitors", does: "live ones, and those that ended within a month" }],
  run: async ({ options }, context) => {
    const { printMonitors } = await import("./run.ts");
    return await printMonitors(context, options);
  },
});
