// `task schema`
import { defineCommand } from "#controller/cli/frame/define-command.ts";

export const taskSchema = defineCommand({
  path: "task schema",
  summary: "Print the JSON Schema of task files, for editors",
  ours: true,
  examples: [{ words: "task schema > task.schema.json", does: "keep it beside your files" }],
  run: async (_input, context) => {
    const { taskJsonSchema } = await import("#shared/task/json-schema.ts");
    context.stdout.write(`${JSON.stringify(taskJsonSchema(), undefined, 2)}\n`);
    return 0;
  },
});
