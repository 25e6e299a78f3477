// `completion`
import { defineCommand, requiredWord, words } from "#controller/cli/frame/define-command.ts";

export const completion = defineCommand({
  path: "completion",
  summary: "Print the completion script of a shell, or install it",
  description:
    "install and uninstall change the startup file of the shell; the words after it are the shell: bash, zsh, fish or auto.",
  ours: true,
  args: { what: requiredWord("SHELL"), rest: words("WORDS") },
  examples: [
    { words: "completion bash", does: "print the script" },
    { words: "completion install zsh", does: "put it where zsh finds it" },
    { words: "completion uninstall auto", does: "take it away again" },
  ],
  run: async ({ args }, context) => {
    const { runCompletion } = await import("#controller/cli/frame/completion/run-completion.ts");
    return await runCompletion(context, args.what, args.rest);
  },
});
