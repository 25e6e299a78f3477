// `api status`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { flag, integerOrNone, text } from "#controller/cli/frame/define-option.ts";
import { config, output, verbose } from "#controller/cli/frame/options/general-options.ts";

export const apiStatus = defineCommand({
  path: "api status",
  summary: "List requests on the API server",
  args: { requestIds: words("REQUEST_ID_PREFIXES", "api_request") },
  options: {
    config,
    allStatus: flag("--all-status -a", "Show requests that have ended too", { group: "What to act on" }),
    limit: integerOrNone("--limit -l", 50, "Show at most this many; none or all for all", { group: "Output" }),
    cluster: text("--cluster -c", "Only requests about this cluster", { group: "What to act on" }),
    verbose,
    output,
  },
  examples: [
    { words: "api status", does: "what is going on" },
    { words: "api status -a -l 10", does: "the last ten, ended or not" },
  ],
  run: async ({ args, options }, context) => {
    const { printRequests } = await import("./run.ts");
    return await printRequests(context, args.requestIds, options);
  },
});
