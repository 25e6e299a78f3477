// `events monitors`: who was given credentials, and until when.
import { callJson } from "#controller/sdk/connection.ts";
import { list, numberField, textField } from "#controller/sdk/read.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { renderTable } from "#controller/cli/print/table.ts";
import { day } from "../shared/spans.ts";

export async function printMonitors(
  context: CliContext,
  options: { readonly config: readonly string[]; readonly output: "table" | "json" },
): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const monitors = list(await callJson(connection, "events.monitors"));
  if (options.output === "json") {
    printJson(context, monitors);
    return 0;
  }
  if (monitors.length === 0) {
    context.stdout.write("No credentials were given out.\n");
    return 0;
  }
  const rows = monitors.map((one) => {
    const state = textField(one, "state") ?? "-";
    return [
      textField(one, "name") ?? "-",
      textField(one, "id") ?? "-",
      day(numberField(one, "created_at")),
      day(numberField(one, "expire_at")),
      { text: state, colour: state === "LIVE" ? "green" : "dim" } as const,
    ];
  });
  context.stdout.write(
    renderTable(
      [
        { header: "NAME" },
        { header: "ID" },
        { header: "CREATED", keep: 2 },
        { header: "EXPIRES" },
        { header: "STATE" },
      ],
      rows,
      tableStyle(context),
    ),
  );
  return 0;
}
