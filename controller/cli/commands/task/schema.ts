// `task schema`
import { defineCommand } from "../../define-command.ts";
import { notBuiltYet } from "../../not-built-yet.ts";

export const taskSchema = defineCommand({
  path: "task schema",
  summary: "Print the JSON Schema of task files, for editors",
  ours: true,
  examples: [{ words: "task schema > task.schema.json", does: "keep it beside your files" }],
  run: notBuiltYet("schemas"),
});
