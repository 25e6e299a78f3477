// `events`: a table, the stream as it comes, or as JSON lines.
import { clusterLife } from "#shared/lifecycle/cluster.ts";
import { jobLife, jobState } from "#shared/lifecycle/job.ts";
import { padded, shorten } from "#shared/table/lines.ts";
import { bodyOf, call } from "#controller/sdk/connection.ts";
import type { CliContext } from "#controller/cli/frame/context.ts";
import { eventColumns, eventRow, type EventRow } from "#controller/cli/print/event-rows.ts";
import { tableStyle } from "#controller/cli/print/answer.ts";
import { statusColour } from "#controller/cli/print/colour.ts";
import { renderTable, type Cell } from "#controller/cli/print/table.ts";
import { window } from "../shared/spans.ts";

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
  const response = await call(connection, "events", {
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

/** A state of a cluster or a job, or one more way to fail. */
const stateWord = new RegExp(`\\b(?:${[...clusterLife.order, ...jobLife.order].join("|")}|${jobState.FAILED}\\w*)\\b`);

function coloured({ cells }: EventRow): readonly (string | Cell)[] {
  const state = stateWord.exec(cells[3])?.[0];
  return [
    cells[0],
    cells[1],
    cells[2],
    { text: cells[3], colour: state === undefined ? undefined : statusColour(state) },
  ];
}
