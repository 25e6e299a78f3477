// `cost-report`: one table for clusters, one for controllers, and the sum.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import type { TableColumn } from "#shared/table/layout.ts";
import { field, list, numberField, textField } from "#controller/sdk/read.ts";
import { ask } from "#controller/sdk/requests.ts";
import { CONTROLLER_NAME } from "#controller/cli/frame/cluster-name.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { nowSeconds, printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { paint, statusColour } from "#controller/cli/print/colour.ts";
import { ago, span } from "#controller/cli/print/duration.ts";
import { renderTable } from "#controller/cli/print/table.ts";

export interface CostOptions {
  readonly config: readonly string[];
  readonly all: boolean;
  readonly days: number;
  readonly output: "table" | "json";
}

const SHOWN_MAX = 5;
const SECONDS_PER_HOUR = 3600;

export async function printCosts(context: CliContext, options: CostOptions): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const body = {
    days: options.days === 0 ? null : options.days,
    cluster_hashes: null,
    cluster_names: null,
    dashboard_summary_response: false,
    exclude_managed_clusters: false,
  };
  const records = list(await ask(connection, "cost_report", body));
  if (options.output === "json") {
    printJson(context, records);
    return 0;
  }
  const ordered = [...records].sort(
    (left, right) => (numberField(right, "launched_at") ?? 0) - (numberField(left, "launched_at") ?? 0),
  );
  const name = (record: unknown) => textField(record, "name") ?? "-";
  const clusters = ordered.filter((record) => !CONTROLLER_NAME.test(name(record)));
  const controllers = ordered.filter((record) => CONTROLLER_NAME.test(name(record)));
  for (const [title, rows] of [
    ["Clusters", clusters],
    ["Controllers", controllers],
  ] as const) {
    if (rows.length === 0) continue;
    context.stdout.write(
      `${paint(context.stdout.colour, "bold", title)}\n${costRows(context, options.all ? rows : rows.slice(0, SHOWN_MAX))}\n`,
    );
  }
  const total = records.reduce<number>((sum, record) => sum + (numberField(record, "total_cost") ?? 0), 0);
  context.stdout.write(`${paint(context.stdout.colour, "bold", `Total Cost: $${total.toFixed(2)}`)}\n`);
  if (!options.all)
    context.stdout.write(
      `Up to ${SHOWN_MAX} of the newest clusters are shown. To see all of them: ${context.program} cost-report --all\n`,
    );
  return 0;
}

const costColumns: readonly TableColumn[] = [
  { header: "NAME" },
  { header: "LAUNCHED", keep: 1 },
  { header: "DURATION", keep: 3 },
  { header: "RESOURCES", keep: 2, cut: "end", least: 10 },
  { header: "STATUS", keep: 4 },
  { header: "COST/hr", keep: 5 },
  { header: "COST (est.)", brief: "COST" },
];

function costRows(context: CliContext, records: readonly unknown[]): string {
  const now = nowSeconds(context);
  const rows = records.map((record) => {
    const seconds = numberField(record, "duration");
    const total = numberField(record, "total_cost");
    const status = textField(record, "status") ?? clusterState.TERMINATED;
    const perHour =
      numberField(record, "cost_per_hour") ??
      (total !== undefined && seconds !== undefined && seconds > 0 ? (total / seconds) * SECONDS_PER_HOUR : undefined);
    return [
      textField(record, "name") ?? "-",
      ago(numberField(record, "launched_at"), now),
      seconds === undefined ? "-" : span(1, 1 + seconds),
      resourcesText(record),
      { text: status, colour: statusColour(status) },
      perHour === undefined ? "-" : `$${perHour.toFixed(2)}`,
      total === undefined ? "-" : `$${total.toFixed(2)}`,
    ];
  });
  return renderTable(costColumns, rows, tableStyle(context));
}

function resourcesText(record: unknown): string {
  const shown = textField(record, "resources_str");
  if (shown !== undefined) return shown;
  const nodes = numberField(record, "num_nodes") ?? 1;
  const type = textField(field(record, "resources"), "instance_type");
  return type === undefined ? `${nodes}x` : `${nodes}x(${type})`;
}
