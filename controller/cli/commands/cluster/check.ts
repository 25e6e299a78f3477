// `check`
import { defineCommand, words } from "#controller/cli/frame/define-command.ts";
import { text } from "#controller/cli/frame/define-option.ts";
import { config, output, verbose } from "#controller/cli/frame/options/general-options.ts";

export const check = defineCommand({
  path: "check",
  summary: "Check which infrastructure your credentials open",
  args: { infraList: words("INFRA_LIST") },
  options: {
    config,
    verbose,
    workspace: text("--workspace -w", "Check only this workspace", { group: "What to act on" }),
    output,
  },
  examples: [
    { words: "check", does: "everything" },
    { words: "check aws k8s -v", does: "two of them, with the accounts" },
  ],
  run: async ({ args, options }, context) => {
    const { runRequest } = await import("#controller/cli/print/follow-request.ts");
    const { printJson, wrappedOutput } = await import("#controller/cli/print/answer.ts");
    const json = options.output === "json";
    const connection = await context.connect({ config: options.config });
    const value = await runRequest(context, connection, {
      body: {
        clouds: args.infraList.length === 0 ? null : [...args.infraList],
        verbose: options.verbose,
        workspace: options.workspace ?? null,
      },
      name: "check",
      log: wrappedOutput(json ? context.stderr : context.stdout, /^(\s+Reason|Plans and prices)/),
    });
    if (json) printJson(context, value);
    else context.stdout.write(`Using API server: ${connection.endpoint.url}\n`);
    return 0;
  },
});
