// `task validate`
import { defineCommand, requiredWords } from "#controller/cli/frame/define-command.ts";
import { flag } from "#controller/cli/frame/define-option.ts";

export const taskValidate = defineCommand({
  path: "task validate",
  summary: "Check task files and folders of them, without a server",
  description: "The exit status is 0 when every task is good, and 1 when one is not.",
  ours: true,
  args: { paths: requiredWords("PATHS", "file") },
  options: { json: flag("--json", "Print one JSON object for each file, one a line", { group: "Output" }) },
  examples: [
    { words: "task validate task.yaml", does: "check one file" },
    { words: "task validate --json examples", does: "every file in a folder, for programs" },
  ],
  run: async ({ args, options }, context) => {
    const { validateFiles } = await import("./run.ts");
    return await validateFiles(context, args.paths, options.json);
  },
});
