// `jobs pool logs`
import { defineCommand, integerWords, requiredWord } from "#controller/cli/frame/define-command.ts";
import { flag, integer } from "#controller/cli/frame/define-option.ts";
import { config, follow } from "#controller/cli/frame/options/general-options.ts";

export const poolLogs = defineCommand({
  path: "jobs pool logs",
  summary: "Print the output of a pool's workers",
  args: { poolName: requiredWord("POOL_NAME"), workerIds: integerWords("WORKER_IDS") },
  options: {
    config,
    follow,
    controller: flag("--controller", "What the machinery did for the pool", { group: "Output" }),
    syncDown: flag("--sync-down -s", "Copy the files to ~/sky_logs instead", { group: "Output" }),
    tail: integer("--tail", "Begin with the last lines", { group: "Output" }),
  },
  examples: [{ words: "jobs pool logs p1 2", does: "follow worker 2" }],
  planned: "pools",
});
