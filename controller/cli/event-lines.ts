// `events`: a table, the stream as it comes, or as JSON lines; and the credentials to follow it without us.
import { StixError } from "#shared/errors/stix-error.ts";
import { padded, shorten } from "#shared/table/lines.ts";
import { call, callJson } from "../client/connection.ts";
import { textField } from "../client/read.ts";
import type { CliContext } from "./context.ts";
import { eventColumns, eventRow, type EventRow } from "./event-rows.ts";
import { tableStyle } from "./render/answer.ts";
import { statusColour } from "./render/colour.ts";
import { renderTable, type Cell } from "./render/table.ts";

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
    query: { follow: String(options.follow), ...(since !== undefined && { since: String(since) }), ...(options.cluster !== undefined && { cluster: options.cluster }) },
    signal: context.interrupted,
  });
  if (options.output === "json") for await (const line of linesOf(response)) context.stdout.write(`${line}\n`);
  else if (options.follow) await printAsTheyCome(context, response);
  else await printInOrder(context, response, options.cluster);
  return 0;
}

async function* linesOf(response: Response): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
  if (rest !== "") yield rest;
}

/** Clusters tell what happened when they can: an event may come after later ones of others. */
async function printInOrder(context: CliContext, response: Response, cluster: string | undefined): Promise<void> {
  const rows: EventRow[] = [];
  for await (const line of linesOf(response)) rows.push(eventRow(line, context.stdout.columns));
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
async function printAsTheyCome(context: CliContext, response: Response): Promise<void> {
  for await (const line of linesOf(response)) {
    const texts = eventRow(line, context.stdout.columns).cells.map((cell, at) => padded(cell, FOLLOWED_WIDTHS[at] ?? 0)).join("  ");
    context.stdout.write(`${context.stdout.columns === Infinity ? texts.trimEnd() : shorten(texts.trimEnd(), context.stdout.columns, "end")}\n`);
  }
}

function coloured({ cells }: EventRow): readonly (string | Cell)[] {
  const state = /\b(?:UP|INIT|STOPPED|AUTOSTOPPING|TERMINATED|PENDING|RUNNING|SUCCEEDED|CANCELLED|SETTING_UP|FAILED\w*)\b/.exec(cells[3])?.[0];
  return [cells[0], cells[1], cells[2], { text: cells[3], colour: state === undefined ? undefined : statusColour(state) }];
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of "30m"; a bare number is seconds. */
function window(text: string): number {
  const found = /^(\d+)([smhdw]?)$/.exec(text);
  const unit = units[found?.[2] === "" ? "s" : (found?.[2] ?? "")];
  if (found === null || unit === undefined) throw new StixError({ code: "usage", message: `'${text}' is no span of time`, hint: "--since 30m, 24h, 7d or 2w" });
  return Number(found[1]) * unit;
}

export async function printCredentials(context: CliContext, config: readonly string[]): Promise<number> {
  const connection = await context.connect({ config });
  const answer = await callJson(connection, "POST", "/stix/v1/events/credentials", { body: {} });
  const credentials = textField(answer, "credentials");
  if (credentials === undefined) throw new StixError({ code: "internal", message: "the server gave no credentials", hint: "{program} api logs --server-logs" });
  context.stdout.write(credentials.endsWith("\n") ? credentials : `${credentials}\n`);
  const servers = textField(answer, "url") ?? textField(answer, "servers");
  if (servers !== undefined) context.stderr.write(`Server: ${servers}\n`);
  return 0;
}
