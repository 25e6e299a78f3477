// `ssh up`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { flag, text } from "#controller/cli/frame/define-option.ts";

export const sshUp = defineCommand({
  path: "ssh up",
  summary: "Prepare pools of machines of your own",
  options: {
    infra: text("--infra", "Only this pool", { group: "What to act on" }),
    detach: flag("--async", "Submit the request, print its id and return", { hidden: true }),
    file: text("--file -f", "File that lists the machines"),
  },
  examples: [{ words: "ssh up --infra lab", does: "prepare one pool" }],
  planned: "pools of machines of your own",
});
