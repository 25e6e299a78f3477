// `api cancel`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { allUsers, all, config, yes } from "#controller/cli/frame/options/general-options.ts";

export const apiCancel = defineCommand({
  path: "api cancel",
  summary: "Cancel requests on the API server",
  args: { requestIds: words("REQUEST_IDS", "api_request") },
  options: { config, all, allUsers, yes },
  examples: [
    { words: "api cancel 1a2b3c4d", does: "cancel one; the first digits do" },
    { words: "api cancel -a", does: "cancel all of yours" },
  ],
  run: async ({ args, options }, context) => {
    const { cancelRequests } = await import("./run.ts");
    return await cancelRequests(context, args.requestIds, options);
  },
});
