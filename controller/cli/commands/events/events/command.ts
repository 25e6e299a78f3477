// `events`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { flag, text } from "#controller/cli/frame/define-option.ts";
import { config, ourOutput } from "#controller/cli/frame/options/general-options.ts";

export const events = defineCommand({
  path: "events",
  summary: "Show what happened to clusters and jobs, in order",
  description:
    "With --follow each event is a line as it comes. With -o json each is a JSON document on a line of its own, as monitors get it.",
  ours: true,
  options: {
    config,
    follow: flag("--follow -f", "Go on printing as events come", { group: "Output" }),
    since: text("--since", "Begin here: 30m, 24h, 7d", { group: "What to act on" }),
    cluster: text("--cluster -c", "Only events of this cluster", { group: "What to act on" }),
    output: ourOutput,
  },
  examples: [
    { words: "events", does: "what is kept" },
    { words: "events -c train --since 1h", does: "one cluster in the last hour" },
    { words: "events --follow -o json", does: "for programs, one JSON document a line" },
  ],
  run: async ({ options }, context) => {
    const { printEvents } = await import("./run.ts");
    return await printEvents(context, options);
  },
});
