// `task validate`
import { defineCommand, requiredWords } from "../../define-command.ts";
import { flag } from "../../define-option.ts";
import { notBuiltYet } from "../../not-built-yet.ts";

export const taskValidate = defineCommand({
  path: "task validate",
  summary: "Check task files and folders of them, without a server",
  ours: true,
  args: { paths: requiredWords("PATHS", "file") },
  options: { json: flag("--json", "Print one JSON object for each file", { group: "Output" }) },
  examples: [
    { words: "task validate task.yaml", does: "check one file" },
    { words: "task validate --json examples", does: "every file in a folder, for programs" },
  ],
  run: notBuiltYet("checks of task files"),
});
