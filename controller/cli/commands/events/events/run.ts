// `events`: a table, the stream as it comes, or as JSON lines; and the credentials by which others follow it.
import { StixError } from "#shared/errors/stix-error.ts";
import { padded, shorten } from "#shared/table/lines.ts";
import { bodyOf, call, callJson } from "#controller/sdk/connection.ts";
import { field, list, numberField, textField } from "#controller/sdk/read.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { eventColumns, eventRow, type EventRow } from "#controller/cli/print/event-rows.ts";
import { printJson, tableStyle } from "#controller/cli/print/answer.ts";
import { statusColour } from "#controller/cli/print/colour.ts";
import { renderTable, type Cell } from "#controller/cli/print/table.ts";

export interface EventsOptions {
  readonly config: readonly string[];
  readonly follow: boolean;
  readonly since: string | undefined;
  readonly cluster: string | undefined;
  readonly output: "table" | "json";
}

export async function printEvents(context: CliContext, options: EventsOptions): Promise<number> {
  const since = options.since === undefined ? undefined : context.clock.now() - window(options.since);
  const connection = await context.connect({ config: options.config });
  const response = await call(connection, "GET", "/stix/v1/events", {
    query: {
      follow: String(options.follow),
      ...(since !== undefined && { since: String(since) }),
      ...(options.cluster !== undefined && { cluster: options.cluster }),
    },
    signal: context.interrupted,
  });
  const body = bodyOf(connection, response);
  if (options.output === "json") for await (const line of linesOf(body)) context.stdout.write(`${line}\n`);
  else if (options.follow) await printAsTheyCome(context, body);
  else await printInOrder(context, body, options.cluster);
  return 0;
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
  if (rest !== "") yield rest;
}

/** Clusters tell what happened when they can: an event may come after later ones of others. */
async function printInOrder(
  context: CliContext,
  body: AsyncIterable<Uint8Array>,
  cluster: string | undefined,
): Promise<void> {
  const rows: EventRow[] = [];
  for await (const line of linesOf(body)) rows.push(eventRow(line, context.stdout.columns));
  if (rows.length === 0) {
    context.stdout.write(cluster === undefined ? "No events.\n" : `No events of cluster '${cluster}'.\n`);
    return;
  }
  const ordered = rows.toSorted((left, right) => left.at - right.at);
  context.stdout.write(renderTable(eventColumns, ordered.map(coloured), tableStyle(context)));
}

/** Cluster and event; a longer name pushes the rest aside. */
const FOLLOWED_WIDTHS = [0, 12, 14, 0] as const;

/** The width of what is still to come is not known: each event is a line of its own. */
async function printAsTheyCome(context: CliContext, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const line of linesOf(body)) {
    const texts = eventRow(line, context.stdout.columns)
      .cells.map((cell, at) => padded(cell, FOLLOWED_WIDTHS[at] ?? 0))
      .join("  ");
    context.stdout.write(
      `${context.stdout.columns === Infinity ? texts.trimEnd() : shorten(texts.trimEnd(), context.stdout.columns, "end")}\n`,
    );
  }
}

function coloured({ cells }: EventRow): readonly (string | Cell)[] {
  const state =
    /\b(?:UP|INIT|STOPPED|AUTOSTOPPING|TERMINATED|PENDING|RUNNING|SUCCEEDED|CANCELLED|SETTING_UP|FAILED\w*)\b/.exec(
      cells[3],
    )?.[0];
  return [
    cells[0],
    cells[1],
    cells[2],
    { text: cells[3], colour: state === undefined ? undefined : statusColour(state) },
  ];
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of "30m"; a bare number is seconds. */
function window(text: string, hint = "--since 30m, 24h, 7d or 2w"): number {
  const found = /^(\d+)([smhdw]?)$/.exec(text);
  const unit = units[found?.[2] === "" ? "s" : (found?.[2] ?? "")];
  if (found === null || unit === undefined)
    throw new StixError({ code: "usage", message: `'${text}' is no span of time`, hint });
  return Number(found[1]) * unit;
}

export interface CredentialsOptions {
  readonly config: readonly string[];
  readonly name: string | undefined;
  readonly expires: string | undefined;
}

/** The credentials alone on stdout; the rest, which is for people, on stderr. */
export async function printCredentials(context: CliContext, options: CredentialsOptions): Promise<number> {
  const lifetime = options.expires === undefined ? undefined : window(options.expires, "--expires 12h, 30d or 52w");
  const connection = await context.connect({ config: options.config });
  const body = {
    ...(options.name !== undefined && { name: options.name }),
    ...(lifetime !== undefined && { lifetime_ms: lifetime }),
  };
  const answer = await callJson(connection, "POST", "/stix/v1/events/credentials", { body });
  const credentials = textField(answer, "credentials");
  if (credentials === undefined)
    throw new StixError({
      code: "internal",
      message: "the server gave no credentials",
      hint: "{program} api logs --server-logs",
    });
  context.stdout.write(credentials.endsWith("\n") ? credentials : `${credentials}\n`);
  const name = textField(answer, "name") ?? "-";
  context.stderr.write(
    `Server:   ${textField(answer, "url") ?? "-"}\nConsumer: ${textField(answer, "consumer") ?? "-"}\nExpires:  ${day(numberField(answer, "expire_at"))}\n`,
  );
  context.stderr.write(`To take them back: ${context.program} events revoke ${name}\n`);
  return 0;
}

export async function printMonitors(
  context: CliContext,
  options: { readonly config: readonly string[]; readonly output: "table" | "json" },
): Promise<number> {
  const connection = await context.connect({ config: options.config });
  const monitors = list(await callJson(connection, "GET", "/stix/v1/events/monitors"));
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

export async function revokeMonitors(
  context: CliContext,
  names: readonly string[],
  config: readonly string[],
): Promise<number> {
  const connection = await context.connect({ config });
  const answer = await callJson(connection, "POST", "/stix/v1/events/revoke", { body: { names } });
  for (const name of list(field(answer, "revoked"))) context.stdout.write(`Revoked ${String(name)}.\n`);
  return 0;
}

/** "2026-01-31 12:00 UTC" */
function day(at: number | undefined): string {
  return at === undefined ? "-" : `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
