// `ssh down`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { flag, text } from "#controller/cli/frame/define-option.ts";

export const sshDown = defineCommand({
  path: "ssh down",
  summary: "Leave pools of machines of your own as they were",
  options: {
    infra: text("--infra", "Only this pool", { group: "What to act on" }),
    detach: flag("--async", "Submit the request, print its id and return", { hidden: true }),
  },
  examples: [{ words: "ssh down --infra lab", does: "give one pool back" }],
  planned: "pools of machines of your own",
});
