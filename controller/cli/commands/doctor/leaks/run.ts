// `doctor leaks`: machines without a record, shown or removed.
import { field, list, numberField, textField } from "#controller/sdk/read.ts";
import { ask } from "#controller/sdk/requests.ts";
import { confirm } from "#controller/cli/frame/confirm.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { runRequest } from "#controller/cli/print/follow-request.ts";
import { printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { renderTable } from "#controller/cli/print/table.ts";
import { storyOf, type LeakOptions } from "../shared/leak-options.ts";

const columns = [
  { header: "ID" },
  { header: "NAME" },
  { header: "INFRA" },
  { header: "NODES" },
  { header: "RUNNING" },
] as const;

export async function printLeaks(context: CliContext, ids: readonly string[], options: LeakOptions): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const answer = await ask(connection, "doctor.leaks", {});
  const leaks = list(field(answer, "leaks")).filter(
    (leak) => ids.length === 0 || ids.includes(textField(leak, "cid") ?? ""),
  );
  if (options.output === "json") {
    printJson(context, leaks);
    return 0;
  }
  for (const words of list(field(answer, "unasked"))) context.stderr.write(`warning: could not ask ${String(words)}\n`);
  if (leaks.length === 0) {
    context.stdout.write("No machines without a record.\n");
    return 0;
  }
  const rows = leaks.map((leak) => [
    textField(leak, "cid") ?? "-",
    textField(leak, "name") ?? "-",
    textField(leak, "cloud") ?? "-",
    String(numberField(leak, "nodeCount") ?? 0),
    String(numberField(leak, "runningCount") ?? 0),
  ]);
  const { program, stdout } = context;
  stdout.write(
    `${renderTable(columns, rows, tableStyle(context))}\nTo take them back:  ${program} doctor adopt [ID]\nTo remove them:     ${program} doctor leaks --remove [ID]\n`,
  );
  return 0;
}

export async function removeLeaks(
  context: CliContext,
  ids: readonly string[],
  options: LeakOptions & { readonly yes: boolean },
): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const leaks = list(field(await ask(connection, "doctor.leaks", {}), "leaks"));
  const found = leaks.flatMap((leak) => textField(leak, "cid") ?? []);
  const chosen = ids.length === 0 ? found : ids;
  if (chosen.length > 0)
    await confirm(context, `Removing the machines of ${chosen.join(", ")} and everything on them. Proceed?`, {
      yes: options.yes,
      enterMeans: "no",
    });
  const value = await runRequest(context, connection, {
    body: { cids: chosen },
    name: "doctor.remove_leaks",
    log: storyOf(context, options),
  });
  if (options.output === "json") printJson(context, list(field(value, "cids")));
  else if (chosen.length === 0) context.stdout.write("No machines without a record.\n");
  return 0;
}
