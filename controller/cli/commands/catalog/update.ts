// `catalog update`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";
import { config, ourOutput } from "#controller/cli/frame/options/general-options.ts";

export const catalogUpdate = defineCommand({
  path: "catalog update",
  summary: "Fetch fresh prices from the clouds",
  description:
    "A source that fails, or says what cannot be right, leaves the old prices of its cloud in place; the exit status is 1 then.",
  ours: true,
  args: { clouds: words("CLOUD") },
  options: {
    config,
    lists: flag("--lists", "Take SkyPilot's hosted lists also where there is a source of our own"),
    output: ourOutput,
  },
  examples: [
    { words: "catalog update", does: "all clouds that have a source" },
    { words: "catalog update aws azure", does: "two of them" },
  ],
  run: async ({ args, options }, context) => {
    const { runRequest } = await import("#controller/cli/print/follow-request.ts");
    const { printJson } = await import("#controller/cli/print/answer.ts");
    const { list, textField } = await import("#controller/sdk/read.ts");
    const json = options.output === "json";
    const connection = await context.connect({ config: options.config });
    const value = await runRequest(context, connection, {
      body: { clouds: args.clouds, prefer: options.lists ? "lists" : "own" },
      name: "catalog.update",
      log: json ? context.stderr : context.stdout,
    });
    if (json) printJson(context, value);
    const isAllFresh = list(value).every((outcome) => textField(outcome, "outcome") === "updated");
    return isAllFresh ? 0 : 1;
  },
});
