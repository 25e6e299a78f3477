// `debug-dump`
import { defineCommand } from "#controller/cli/frame/define-command.ts";
import { flag, integers, number, text, texts } from "#controller/cli/frame/define-option.ts";

export const debugDump = defineCommand({
  path: "debug-dump",
  summary: "Collect logs and records for a report",
  options: {
    requestIds: texts("--request-ids -r", "Requests, by the beginning of their id; repeatable", {
      group: "What to act on",
    }),
    clusterNames: texts("--cluster-names -c", "Clusters; repeatable", { group: "What to act on" }),
    jobIds: integers("--job-ids -j", "Managed jobs; repeatable", { group: "What to act on" }),
    recentMinutes: number("--recent-minutes", "Everything of the last minutes", { group: "What to act on" }),
    output: text("--output", "Where to write it", { group: "Output" }),
    detach: flag("--async", "Submit the request, print its id and return", { hidden: true }),
  },
  examples: [{ words: "debug-dump -c train --recent-minutes 60", does: "one cluster and the last hour" }],
  planned: "collections for a report",
});
