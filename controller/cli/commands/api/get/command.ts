// `api get`
import { defineCommand, requiredWord } from "#controller/cli/frame/define-command.ts";
import { config } from "#controller/cli/frame/options/general-options.ts";

export const apiGet = defineCommand({
  path: "api get",
  summary: "Wait for a request to end and print its value as JSON",
  ours: true,
  args: { requestId: requiredWord("REQUEST_ID", "api_request") },
  options: { config },
  examples: [{ words: "api get 1a2b3c4d", does: "the value of a request that was submitted with --async" }],
  run: async ({ args, options }, context) => {
    const { printValue } = await import("./run.ts");
    return await printValue(context, args.requestId, options.config);
  },
});
