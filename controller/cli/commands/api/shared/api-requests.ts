// `api status`, `api logs` and `api cancel`: requests as records, as logs, and their end.
import type { TableColumn } from "#shared/table/layout.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { bodyOf, call } from "#controller/sdk/connection.ts";
import { userHash } from "#controller/local-server/identity.ts";
import { list } from "#controller/sdk/read.ts";
import { readRequests } from "#controller/sdk/records.ts";
import { ask, followRequest, listRequests, valueOf } from "#controller/sdk/requests.ts";
import { confirm, confirmByTyping } from "#controller/cli/frame/confirm.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { nowSeconds, printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { statusColour } from "#controller/cli/print/colour.ts";
import { ago } from "#controller/cli/print/duration.ts";
import { requestName } from "#controller/cli/print/follow-request.ts";
import { createProgress } from "#controller/cli/print/progress.ts";
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

export interface ApiLogOptions {
  readonly config: readonly string[];
  readonly serverLogs: boolean;
  readonly logPath: string | undefined;
  readonly tail: number | undefined;
  readonly follow: boolean;
}

export async function printApiLog(
  context: CliContext,
  requestId: string | undefined,
  options: ApiLogOptions,
): Promise<number> {
  const named = [requestId, options.logPath, options.serverLogs ? "server" : undefined].filter(
    (one) => one !== undefined,
  );
  if (named.length !== 1) {
    throw new StixError({
      code: "usage",
      message: "name one log: a request, '--server-logs' or '--log-path'",
      hint: "{program} api status -a",
    });
  }
  const connection = await context.connect({ config: options.config });
  const progress = createProgress(context, context.stdout);
  const signal = context.interrupted;
  try {
    if (requestId !== undefined) {
      await followRequest(connection, requestId, progress.take, {
        signal,
        follow: options.follow,
        ...(options.tail !== undefined && { tail: options.tail }),
      });
      return 0;
    }
    const response = await call(connection, "GET", "/api/stream", {
      query: {
        log_path: options.logPath ?? "~/.sky/api_server/server.log",
        follow: String(options.follow),
        format: "plain",
        ...(options.tail !== undefined && { tail: String(options.tail) }),
      },
      signal,
    });
    for await (const chunk of bodyOf(connection, response)) progress.take(chunk);
    return 0;
  } finally {
    progress.close();
  }
}

export interface CancelRequestsOptions {
  readonly config: readonly string[];
  readonly all: boolean;
  readonly allUsers: boolean;
  readonly yes: boolean;
}

export async function cancelRequests(
  context: CliContext,
  ids: readonly string[],
  options: CancelRequestsOptions,
): Promise<number> {
  const everything = options.all || options.allUsers;
  if (ids.length === 0 && !everything)
    throw new StixError({
      code: "usage",
      message: "name the requests to cancel, or give '--all'",
      hint: "{program} api status",
    });
  if (ids.length > 0 && everything)
    throw new StixError({
      code: "usage",
      message: "ids do not go with '--all' or '--all-users'",
      hint: "{program} api cancel --all",
    });
  const connection = await context.connect({ config: options.config });
  const own = userHash(context.env, context.paths, context.random);
  if (everything) {
    const whose = options.allUsers ? "of every user" : "of yours";
    await confirmByTyping(context, `This cancels every request ${whose}.`, "cancel all requests", options.yes);
    context.stdout.write(
      options.allUsers ? "Cancelling all requests of all users...\n" : `Cancelling all requests for user '${own}'...\n`,
    );
  } else {
    const many = `${ids.length} request${ids.length === 1 ? "" : "s"}: '${ids.join("', '")}'`;
    await confirm(context, `Cancelling ${many}. Proceed?`, { yes: options.yes });
    context.stdout.write(`Cancelling ${many}...\n`);
  }
  const cancelled = list(
    await ask(connection, "/api/cancel", {
      request_ids: ids.length === 0 ? null : [...ids],
      user_id: options.allUsers || ids.length > 0 ? null : own,
    }),
  );
  if (cancelled.length === 0) context.stdout.write("No requests need to be cancelled.\n");
  for (const id of cancelled) context.stdout.write(`Cancelled request: ${String(id)}\n`);
  return 0;
}

/** Waits for the end. */
export async function printValue(context: CliContext, requestId: string, config: readonly string[]): Promise<number> {
  const connection = await context.connect({ config });
  printJson(context, await valueOf(connection, requestId, context.interrupted));
  return 0;
}
