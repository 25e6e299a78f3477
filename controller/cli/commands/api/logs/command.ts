// `api logs`
import { defineCommand, word } from "#controller/cli/frame/define-command.ts";
import { flag, integer, text } from "#controller/cli/frame/define-option.ts";
import { config, follow, followShort } from "#controller/cli/frame/options/general-options.ts";

export const apiLogs = defineCommand({
  path: "api logs",
  summary: "Print the log of a request, or of the API server",
  args: { requestId: word("REQUEST_ID", "api_request") },
  options: {
    config,
    serverLogs: flag("--server-logs", "The log of the server itself", { group: "What to act on" }),
    logPath: text("--log-path -l", "A log file on the server", { group: "What to act on" }),
    tail: integer("--tail", "Begin with the last lines", { group: "Output" }),
    follow,
    followShort,
  },
  examples: [
    { words: "api logs 1a2b3c4d", does: "follow one request; the first digits do" },
    { words: "api logs --server-logs --tail 50", does: "what the server says" },
  ],
  run: async ({ args, options }, context) => {
    const { printApiLog } = await import("./run.ts");
    return await printApiLog(context, args.requestId, options);
  },
});
