// `jobs queue`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { choiceList, flag, integerOr, text } from "#controller/cli/frame/define-option.ts";
import { all, allUsers, config, output, refresh, verbose } from "#controller/cli/frame/options/general-options.ts";

const managedStates = [
  "PENDING",
  "SUBMITTED",
  "STARTING",
  "RUNNING",
  "WINDING_DOWN",
  "RECOVERING",
  "CANCELLING",
  "SUCCEEDED",
  "CANCELLED",
  "FAILED",
  "FAILED_SETUP",
  "FAILED_PRECHECKS",
  "FAILED_NO_RESOURCE",
  "FAILED_CONTROLLER",
] as const;

const filter = { group: "What to act on" } as const;

/** The value of a bare -s, which once meant --skip-finished. */
const BARE_STATUS = "__skip_finished__";

export const jobsQueue = defineCommand({
  path: "jobs queue",
  summary: "List managed jobs",
  options: {
    config,
    verbose,
    limit: integerOr("--limit -l", 50, "Show at most this many", { group: "Output" }),
    refresh,
    skipFinished: flag("--skip-finished", "Leave out jobs that have ended", filter),
    statuses: choiceList(
      "-s --status",
      managedStates,
      BARE_STATUS,
      "Only jobs in these states; a comma list, repeatable",
      filter,
    ),
    since: text("--since", "Submitted in this window: 30m, 48h, 7d, 2w", filter),
    after: text("--after", "Submitted after this local time: 2026-01-31, 2026-01-31 12:00", filter),
    before: text("--before", "Submitted before this local time", filter),
    infra: text("--infra", "Only jobs on this infrastructure: cloud[/region[/zone]]", filter),
    allUsers,
    all,
    output,
  },
  examples: [
    { words: "jobs queue --skip-finished", does: "what is still to be done" },
    { words: "jobs queue -s RUNNING,RECOVERING --since 24h", does: "jobs of the last day in two states" },
  ],
  planned: "managed jobs",
});
