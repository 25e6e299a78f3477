// `top`: living clusters, their nodes and open jobs, again and again on a terminal, once in a pipe.
import type { TableColumn } from "#shared/table/layout.ts";
import { callJson, type Connection } from "#controller/sdk/connection.ts";
import { field, list, numberField, textField } from "#controller/sdk/read.ts";
import { readJobs } from "#controller/sdk/records.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { nowSeconds, printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { paint, statusColour, type Colour } from "#controller/cli/print/colour.ts";
import { span } from "#controller/cli/print/duration.ts";
import { renderTable, type Cell } from "#controller/cli/print/table.ts";
import { watched } from "#controller/cli/print/watch.ts";

export interface TopOptions {
  readonly config: readonly string[];
  readonly every: number;
  readonly allUsers: boolean;
  readonly output: "table" | "json";
}

const ANSWER_TIMEOUT_MS = 10_000;
const GIB = 2 ** 30;
const PERCENT = 100;
const BUSY_FROM = 0.9;
const BUSY_SOON_FROM = 0.7;

const nodeColumns: readonly TableColumn[] = [
  { header: "CLUSTER" },
  { header: "NODE" },
  { header: "STATUS", keep: 3 },
  { header: "CPU" },
  { header: "OF", keep: 1 },
  { header: "MEMORY" },
  { header: "GPU", keep: 5 },
  { header: "GPU MEMORY", brief: "GPU MEM", keep: 4 },
  { header: "JOBS", keep: 2 },
];

const jobColumns: readonly TableColumn[] = [
  { header: "CLUSTER" },
  { header: "ID" },
  { header: "NAME", keep: 3, cut: "end", least: 10 },
  { header: "STATUS" },
  { header: "FOR", keep: 4 },
  { header: "RESOURCES", keep: 2, cut: "end", least: 9 },
  { header: "USER", keep: 1 },
];

export async function printTop(context: CliContext, names: readonly string[], options: TopOptions): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const once = (shown: CliContext) => printOnce(shown, connection, names, options);
  if (options.output === "json" || !context.stdout.isTty) return await once(context);
  return await watched(context, options.every, "table", once);
}

async function printOnce(
  context: CliContext,
  connection: Connection,
  names: readonly string[],
  { allUsers, output }: TopOptions,
): Promise<number> {
  const seen = await callJson(connection, "top", {
    body: { cluster_names: names.length === 0 ? null : names, all_users: allUsers || names.length > 0 },
    timeoutMs: ANSWER_TIMEOUT_MS,
  });
  if (output === "json") {
    printJson(context, seen);
    return 0;
  }
  const clusters = list(field(seen, "clusters"));
  if (clusters.length === 0) {
    context.stdout.write("No existing clusters.\n");
    return 0;
  }
  const style = tableStyle(context);
  context.stdout.write(renderTable(nodeColumns, clusters.flatMap(nodeRows), style));
  for (const cluster of clusters) {
    const error = textField(cluster, "error");
    if (error !== undefined)
      context.stdout.write(
        paint(
          style.colour,
          "yellow",
          `${textField(cluster, "name")}: ${error.replaceAll("{program}", context.program)}\n`,
        ),
      );
  }
  const jobs = clusters.flatMap((cluster) => jobRows(cluster, nowSeconds(context)));
  context.stdout.write(jobs.length === 0 ? "\nNo job runs or waits.\n" : `\n${renderTable(jobColumns, jobs, style)}`);
  return 0;
}

type Row = readonly (string | Cell)[];

/** A line for each node; one for the cluster where nobody told of nodes. */
function nodeRows(cluster: unknown): Row[] {
  const name = textField(cluster, "name") ?? "-";
  const status = textField(cluster, "status") ?? "-";
  const state = { text: status, colour: statusColour(status) };
  const jobs = String(list(field(cluster, "jobs")).length);
  const nodes = list(field(cluster, "nodes"));
  const count = numberField(cluster, "node_count") ?? 0;
  if (nodes.length === 0)
    return [[name, `${count} node${count === 1 ? "" : "s"}`, state, "-", "-", "-", "-", "-", jobs]];
  return nodes.map((node, at): Row => {
    const gpus = list(field(node, "gpus"));
    const cpus = numberField(node, "cpus");
    return [
      name,
      textField(node, "node") ?? "-",
      at === 0 ? state : "",
      share(numberField(node, "cpu")),
      cpus === undefined ? "-" : String(cpus),
      memory(node),
      gpuShares(gpus),
      gpuMemory(gpus),
      at === 0 ? jobs : "",
    ];
  });
}

function jobRows(cluster: unknown, now: number): Row[] {
  return readJobs(field(cluster, "jobs")).map((job) => [
    textField(cluster, "name") ?? "-",
    String(job.id),
    job.name ?? "-",
    { text: job.status, colour: statusColour(job.status) },
    span(job.startedAt ?? job.submittedAt, now),
    job.resources ?? "-",
    job.user ?? "-",
  ]);
}

function share(part: number | undefined): Cell {
  return part === undefined ? { text: "-" } : { text: `${Math.round(part * PERCENT)}%`, colour: heat(part) };
}

function heat(part: number): Colour | undefined {
  if (part >= BUSY_FROM) return "red";
  return part >= BUSY_SOON_FROM ? "yellow" : undefined;
}

function memory(holder: unknown): Cell {
  const [used, total] = [numberField(holder, "mem_used"), numberField(holder, "mem_total")];
  return used === undefined || total === undefined || total === 0
    ? { text: "-" }
    : { text: `${(used / GIB).toFixed(1)}/${(total / GIB).toFixed(1)}G`, colour: heat(used / total) };
}

/** "93% 12%", or the mean of many. */
function gpuShares(gpus: readonly unknown[]): string {
  const parts = gpus.flatMap((gpu) => numberField(gpu, "share") ?? []);
  if (parts.length === 0) return gpus.length === 0 ? "-" : `${gpus.length}x ?`;
  return `${gpus.length}x ${Math.round((parts.reduce((sum, one) => sum + one, 0) / parts.length) * PERCENT)}%`;
}

function gpuMemory(gpus: readonly unknown[]): Cell {
  const sum = (name: string) => gpus.reduce<number>((all, gpu) => all + (numberField(gpu, name) ?? 0), 0);
  return gpus.length === 0 ? { text: "-" } : memory({ mem_used: sum("mem_used"), mem_total: sum("mem_total") });
}
