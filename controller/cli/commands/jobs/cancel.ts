// `jobs cancel`
import { defineCommand, integerWords } from "#controller/cli/frame/define-command.ts";
import { text } from "#controller/cli/frame/define-option.ts";
import {
  all,
  allUsers,
  config,
  graceful,
  gracefulTimeout,
  yes,
} from "#controller/cli/frame/options/general-options.ts";

export const jobsCancel = defineCommand({
  path: "jobs cancel",
  summary: "Cancel managed jobs",
  args: { jobIds: integerWords("JOB_IDS") },
  options: {
    config,
    name: text("--name -n", "The job of this name", { group: "What to act on" }),
    pool: text("--pool -p", "Every job of this pool", { group: "What to act on" }),
    task: text("--task", "One task that was launched from inside the job: its index or name", {
      group: "What to act on",
    }),
    graceful,
    gracefulTimeout,
    all,
    yes,
    allUsers,
  },
  examples: [
    { words: "jobs cancel 3 4", does: "cancel two jobs" },
    { words: "jobs cancel -n train -y", does: "cancel by name, without asking" },
  ],
  planned: "managed jobs",
});
