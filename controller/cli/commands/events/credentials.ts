// `events credentials`
import { defineCommand } from "../../define-command.ts";
import { config } from "../../options/general-options.ts";

export const eventsCredentials = defineCommand({
  path: "events credentials",
  summary: "Print credentials for monitors: any NATS client may follow the events with them",
  ours: true,
  options: { config },
  examples: [{ words: "events credentials > stix.creds", does: "nats --creds stix.creds sub 'stix.v1.>'" }],
  run: async ({ options }, context) => {
    const { printCredentials } = await import("../../event-lines.ts");
    return await printCredentials(context, options.config);
  },
});
