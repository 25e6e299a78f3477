// `events revoke`
import { defineCommand, requiredWords } from "#controller/cli/frame/define-command.ts";
import { config } from "#controller/cli/frame/options/general-options.ts";

export const eventsRevoke = defineCommand({
  path: "events revoke",
  summary: "Take credentials of monitors back: open connections close, and no new one is let in",
  ours: true,
  args: { names: requiredWords("NAMES") },
  options: { config },
  examples: [{ words: "events revoke grafana", does: "by name or id; events monitors lists them" }],
  run: async ({ args, options }, context) => {
    const { revokeMonitors } = await import("./run.ts");
    return await revokeMonitors(context, args.names, options.config);
  },
});
