// The queues of one or more clusters, as tables or as one map.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import type { TableColumn } from "#shared/table/layout.ts";
import type { ErrorCode } from "#shared/errors/codes.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Connection } from "#controller/sdk/connection.ts";
import { statusBody } from "#controller/sdk/overview.ts";
import { readClusters, readJobs, type JobRecord } from "#controller/sdk/records.ts";
import { ask } from "#controller/sdk/requests.ts";
import { tellMissing } from "../shared/change-clusters.ts";
import { isPattern } from "#controller/cli/frame/cluster-patterns.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { withNearCluster } from "#controller/cli/frame/near-cluster.ts";
import { nowSeconds, printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { paint, statusColour } from "#controller/cli/print/colour.ts";
import { shownError } from "#controller/cli/print/error.ts";
import { ago, span } from "#controller/cli/print/duration.ts";
import { renderTable } from "#controller/cli/print/table.ts";

export interface QueueOptions {
  readonly config: readonly string[];
  readonly allUsers: boolean;
  readonly skipFinished: boolean;
  /** The first cluster whose queue cannot be had is an error. */
  readonly strict: boolean;
  readonly output: "table" | "json";
}

type Answer =
  | { readonly cluster: string; readonly jobs: readonly JobRecord[]; readonly error?: undefined }
  | { readonly cluster: string; readonly jobs?: undefined; readonly error: StixError };

export async function printQueues(
  context: CliContext,
  names: readonly string[],
  options: QueueOptions,
): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const clusters = await clusterNames(connection, names, options.allUsers);
  const json = options.output === "json";
  if (clusters.length === 0 && (!json || options.strict)) {
    if (names.length > 0) await tellMissing(context, names, options);
    else context.stdout.write("No existing clusters.\n");
    return 0;
  }
  const answers = await Promise.all(clusters.map((cluster) => queueOf(connection, cluster, options)));
  const failed = answers.find(({ error }) => error !== undefined);
  if (options.strict && failed?.error !== undefined) throw failed.error;
  // With -o json the standard output holds the document alone.
  const story = json ? context.stderr : context.stdout;
  for (const { cluster, error } of answers) {
    if (error === undefined) continue;
    const shown = shownError(await withNearCluster(context, error), context.program);
    const told = `${shown.message}${shown.hint === undefined ? "" : `\n  try: ${shown.hint}`}`;
    story.write(
      `${paint(story.colour, "yellow", `Failed to get the job queue for cluster '${cluster}'.`)}\n  ${told}\n`,
    );
  }
  if (json) {
    printJson(
      context,
      Object.fromEntries(
        answers.flatMap(({ cluster, jobs }) => (jobs === undefined ? [] : [[cluster, jobs.map((job) => job.raw)]])),
      ),
    );
    return 0;
  }
  for (const { cluster, jobs } of answers) {
    if (jobs !== undefined)
      context.stdout.write(
        `\n${paint(context.stdout.colour, "bold", `Job queue of ${options.allUsers ? "all users" : "current user"} on cluster ${cluster}`)}\n${jobTable(context, jobs)}`,
      );
  }
  return 0;
}

async function clusterNames(
  connection: Connection,
  names: readonly string[],
  allUsers: boolean,
): Promise<readonly string[]> {
  // Exact names need no list: the queue itself says when a cluster is not there.
  if (names.length > 0 && !names.some(isPattern)) return [...new Set(names)];
  const records = await ask(
    connection,
    "status",
    statusBody({ clusters: names.length === 0 ? null : names, refresh: false, allUsers }),
  );
  return readClusters(records)
    .filter((one) => one.status === clusterState.UP || one.status === clusterState.AUTOSTOPPING || names.length > 0)
    .map((one) => one.name);
}

const aboutServer: ReadonlySet<string> = new Set<ErrorCode>([
  "server-unreachable",
  "server-suspended",
  "port-in-use",
  "version-mismatch",
  "not-authenticated",
]);

async function queueOf(connection: Connection, cluster: string, options: QueueOptions): Promise<Answer> {
  try {
    const value = await ask(connection, "queue", {
      cluster_name: cluster,
      skip_finished: options.skipFinished,
      all_users: options.allUsers,
    });
    return { cluster, jobs: readJobs(value) };
  } catch (error) {
    // One cluster that cannot be asked must not hide the others; what concerns the server itself concerns all.
    if (error instanceof StixError && !aboutServer.has(error.code)) return { cluster, error };
    throw error;
  }
}

const jobColumns: readonly TableColumn[] = [
  { header: "ID" },
  { header: "NAME" },
  { header: "USER", keep: 4 },
  { header: "SUBMITTED", keep: 5 },
  { header: "STARTED", keep: 3 },
  { header: "DURATION", keep: 7 },
  { header: "RESOURCES", keep: 6, cut: "end", least: 9 },
  { header: "STATUS" },
  { header: "LOG", keep: 2, cut: "start", least: 12 },
  { header: "GIT COMMIT", brief: "COMMIT", keep: 1, cut: "prefix", least: 7 },
];

export function jobTable(context: CliContext, jobs: readonly JobRecord[]): string {
  const now = nowSeconds(context);
  const rows = [...jobs]
    .sort((left, right) => right.id - left.id)
    .map((job) => [
      String(job.id),
      job.name ?? "-",
      job.user ?? "-",
      ago(job.submittedAt, now),
      ago(job.startedAt, now),
      span(job.startedAt, job.endedAt ?? now),
      job.resources ?? "-",
      { text: job.status, colour: statusColour(job.status) },
      job.logPath ?? "-",
      job.gitCommit ?? "-",
    ]);
  return renderTable(jobColumns, rows, tableStyle(context));
}
