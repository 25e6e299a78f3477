// The queues of one or more clusters, as tables or as one map.
import type { TableColumn } from "#shared/table/layout.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Connection } from "../client/connection.ts";
import { statusBody } from "../client/overview.ts";
import { readClusters, readJobs, type JobRecord } from "../client/records.ts";
import { ask } from "../client/requests.ts";
import { isPattern } from "./cluster-patterns.ts";
import type { CliContext } from "./context.ts";
import { nowSeconds, printJson, tableStyle } from "./render/answer.ts";
import { paint, statusColour } from "./render/colour.ts";
import { ago, span } from "./render/duration.ts";
import { renderTable } from "./render/table.ts";

export interface QueueOptions {
  readonly config: readonly string[];
  readonly allUsers: boolean;
  readonly skipFinished: boolean;
  readonly output: "table" | "json";
}

type Answer =
  | { readonly cluster: string; readonly jobs: readonly JobRecord[]; readonly error?: undefined }
  | { readonly cluster: string; readonly jobs?: undefined; readonly error: StixError };

export async function printQueues(context: CliContext, names: readonly string[], options: QueueOptions): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const clusters = await clusterNames(connection, names, options.allUsers);
  const json = options.output === "json";
  if (clusters.length === 0 && names.length > 0) {
    throw new StixError({ code: "cluster-not-found", message: `Cluster(s) not found: ${names.join(", ")}.`, hint: "{program} status" });
  }
  if (clusters.length === 0 && !json) {
    context.stdout.write("No existing clusters.\n");
    return 0;
  }
  const answers = await Promise.all(clusters.map((cluster) => queueOf(connection, cluster, options)));
  const [only] = answers;
  if (answers.length === 1 && only?.error !== undefined) throw only.error;
  for (const { cluster, error } of answers) {
    if (error === undefined) continue;
    const told = error.message.replaceAll("{program}", context.program);
    context.stderr.write(paint(context.stderr.colour, "yellow", `Failed to get the job queue for cluster '${cluster}'.\n  ${told}\n`));
  }
  if (json) {
    printJson(context, Object.fromEntries(answers.flatMap(({ cluster, jobs }) => (jobs === undefined ? [] : [[cluster, jobs.map((job) => job.raw)]]))));
    return 0;
  }
  for (const { cluster, jobs } of answers) {
    if (jobs !== undefined) context.stdout.write(`\n${paint(context.stdout.colour, "bold", `Job queue of cluster ${cluster}`)}\n${jobTable(context, jobs)}`);
  }
  return 0;
}

async function clusterNames(connection: Connection, names: readonly string[], allUsers: boolean): Promise<readonly string[]> {
  // Exact names need no list: the queue itself says when a cluster is not there.
  if (names.length > 0 && !names.some(isPattern)) return [...new Set(names)];
  const records = await ask(connection, "/status", statusBody({ clusters: names.length === 0 ? null : names, refresh: false, allUsers }));
  return readClusters(records)
    .filter((one) => one.status === "UP" || one.status === "AUTOSTOPPING" || names.length > 0)
    .map((one) => one.name);
}

async function queueOf(connection: Connection, cluster: string, options: QueueOptions): Promise<Answer> {
  try {
    const value = await ask(connection, "/queue", { cluster_name: cluster, skip_finished: options.skipFinished, all_users: options.allUsers });
    return { cluster, jobs: readJobs(value) };
  } catch (error) {
    // One cluster that cannot be asked must not hide the others; what concerns the server itself concerns all.
    if (error instanceof StixError && error.code !== "server-unreachable" && error.code !== "not-authenticated") return { cluster, error };
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
