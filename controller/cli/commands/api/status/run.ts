// `api status`: requests as records, the newest first.
import type { TableColumn } from "#shared/table/layout.ts";
import { readRequests } from "#controller/sdk/records.ts";
import { listRequests } from "#controller/sdk/requests.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { nowSeconds, printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { statusColour } from "#controller/cli/print/colour.ts";
import { ago } from "#controller/cli/print/duration.ts";
import { requestName } from "#controller/cli/print/follow-request.ts";
import { renderTable } from "#controller/cli/print/table.ts";

export interface RequestsOptions {
  readonly config: readonly string[];
  readonly allStatus: boolean;
  readonly limit: number | undefined;
  readonly cluster: string | undefined;
  readonly verbose: boolean;
  readonly output: "table" | "json";
}

export async function printRequests(
  context: CliContext,
  prefixes: readonly string[],
  options: RequestsOptions,
): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const records = await listRequests(connection, {
    ...(prefixes.length > 0 && { request_ids: prefixes }),
    all_status: options.allStatus || prefixes.length > 0 ? "true" : "false",
    ...(options.limit !== undefined && { limit: String(options.limit) }),
    ...(options.cluster !== undefined && { cluster_name: options.cluster }),
  });
  if (options.output === "json") {
    printJson(context, records);
    return 0;
  }
  const now = nowSeconds(context);
  const rows = readRequests(records).map((one) => [
    one.id,
    one.user ?? "-",
    requestName(context.program, one.name),
    ...(options.verbose ? [one.cluster ?? "-"] : []),
    ago(one.createdAt, now),
    { text: one.status, colour: statusColour(one.status) },
  ]);
  context.stdout.write(renderTable(requestColumns(options.verbose), rows, tableStyle(context)));
  if (options.limit !== undefined && rows.length >= options.limit) {
    context.stdout.write(`\nShowing ${options.limit} requests. Use "-l none" or "-l all" to show all requests.\n`);
  }
  return 0;
}

/** The beginning of an id is as good as the whole one in every command. */
function requestColumns(verbose: boolean): readonly TableColumn[] {
  return [
    { header: "ID", cut: "prefix", least: 8 },
    { header: "User", keep: 1 },
    { header: "Name" },
    ...(verbose ? [{ header: "Cluster" }] : []),
    { header: "Created", keep: 2 },
    { header: "Status" },
  ];
}
