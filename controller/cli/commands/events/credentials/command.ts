// `events credentials`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { text } from "#controller/cli/frame/define-option.ts";
import { config } from "#controller/cli/frame/options/general-options.ts";

export const eventsCredentials = defineCommand({
  path: "events credentials",
  summary: "Make credentials for a monitor: any NATS client may follow the events with them",
  description:
    "They read and do nothing else, end by themselves, and can be taken back (events revoke). At most 32 live at a time.",
  ours: true,
  options: {
    config,
    name: text("--name -n", "What to call them (default: one is made up)"),
    expires: text("--expires", "When they end: 12h, 30d, 52w (default 30d, at most 366d)"),
  },
  examples: [
    { words: "events credentials > stix.creds", does: "nats --creds stix.creds sub 'stix.v1.ev.>'" },
    { words: "events credentials -n grafana --expires 90d > grafana.creds", does: "named, for a quarter" },
  ],
  run: async ({ options }, context) => {
    const { printCredentials } = await import("./run.ts");
    return await printCredentials(context, options);
  },
});
