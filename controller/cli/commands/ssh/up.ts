// `ssh up`
import { defineCommand } from "../../define-command.ts";
import { flag, text } from "../../define-option.ts";
import { notBuiltYet } from "../../not-built-yet.ts";

export const sshUp = defineCommand({
  path: "ssh up",
  summary: "Prepare pools of machines of your own",
  options: {
    infra: text("--infra", "Only this pool", { group: "What to act on" }),
    detach: flag("--async", "Submit the request, print its id and return", { hidden: true }),
    file: text("--file -f", "File that lists the machines"),
  },
  examples: [{ words: "ssh up --infra lab", does: "prepare one pool" }],
  run: notBuiltYet("pools of machines of your own"),
});
