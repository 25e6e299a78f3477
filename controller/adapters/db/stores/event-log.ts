// The log of events in order of arrival, and the snapshots that follow from them. Monitors are served from here, so whatever is
// written here together with a change is published with it.
import { and, eq, inArray, max, sql } from "drizzle-orm";
import { CONTROLLER_INC, type EventRow } from "#controller/ports/agent-records.ts";
import { first, rows, type Database, type Orm, type Work } from "../database.ts";
import type { Tables } from "../tables/tables.ts";
import { readJson } from "./json-column.ts";
import type { Owner } from "./owners.ts";
import { objectSchema } from "./stored-shapes.ts";

/** Where events come from. */
export interface EventSource extends Owner {
  readonly cid: string;
  readonly clusterName: string;
  readonly inc: number;
}

type Value = Readonly<Record<string, unknown>>;

export interface EventLog {
  /** Numbered by their source. To be called in a transaction under "events". */
  append(tx: Orm, from: EventSource, events: readonly EventRow[]): Work<void>;
  /** Numbered here. The same. */
  appendOwn(tx: Orm, from: Omit<EventSource, "inc">, event: Omit<EventRow, "seq">): Work<void>;
}

export function createEventLog(db: Database): EventLog {
  const { agentEvents } = db.tables;
  const writers = prepareWriters(db);
  function* append(tx: Orm, from: EventSource, events: readonly EventRow[]): Work<void> {
    // Changes of one snapshot by several events are merged first: a job's whole life often comes in one batch.
    const changed = new Map<string, { eventId: number; value: Value }>();
    for (const { patch, body, ...event } of events) {
      const made = yield* first(writers.event({ ...from, ...event, bodyJson: JSON.stringify(body) })(tx));
      if (patch === null || made === undefined) continue;
      changed.set(patch.key, {
        eventId: made.id,
        value: { ...changed.get(patch.key)?.value, ...defined(patch.value) },
      });
    }
    yield* mergeSnapshots(db.tables, writers, tx, from, changed);
  }
  return {
    append,
    *appendOwn(tx, from, event) {
      const newest = yield* first(
        tx
          .select({ seq: max(agentEvents.seq) })
          .from(agentEvents)
          .where(and(eq(agentEvents.cid, from.cid), eq(agentEvents.inc, CONTROLLER_INC))),
      );
      yield* append(tx, { ...from, inc: CONTROLLER_INC }, [{ ...event, seq: (newest?.seq ?? 0) + 1 }]);
    },
  };
}

/** Written thousands of times a second. They run in whatever transaction is open. */
function prepareWriters(db: Database) {
  const { agentEvents, snapshots } = db.tables;
  const { placeholder } = sql;
  const given = (name: string) => sql`${placeholder(name)}`;
  return {
    event: db.prepare((orm) =>
      orm
        .insert(agentEvents)
        .values({
          cid: placeholder("cid"),
          clusterName: placeholder("clusterName"),
          inc: placeholder("inc"),
          seq: placeholder("seq"),
          at: placeholder("at"),
          kind: placeholder("kind"),
          bodyJson: placeholder("bodyJson"),
          userHash: placeholder("userHash"),
          workspace: placeholder("workspace"),
        })
        .returning({ id: agentEvents.id }),
    ),
    snapshot: db.prepare((orm) =>
      orm
        .insert(snapshots)
        .values({
          key: placeholder("key"),
          cid: placeholder("cid"),
          valueJson: placeholder("valueJson"),
          eventId: placeholder("eventId"),
          userHash: placeholder("userHash"),
          workspace: placeholder("workspace"),
        })
        .onConflictDoUpdate({
          target: snapshots.key,
          set: { eventId: given("eventId"), valueJson: given("valueJson") },
        })
        .returning({ key: snapshots.key }),
    ),
  };
}

function* mergeSnapshots(
  { snapshots }: Tables,
  writers: ReturnType<typeof prepareWriters>,
  tx: Orm,
  from: EventSource,
  changed: ReadonlyMap<string, { readonly eventId: number; readonly value: Value }>,
): Work<void> {
  if (changed.size === 0) return;
  const known = new Map(
    (yield* rows(
      tx
        .select()
        .from(snapshots)
        .where(inArray(snapshots.key, [...changed.keys()])),
    )).map((row) => [
      row.key,
      readJson(objectSchema, row.valueJson, { table: "snapshots", column: "value_json", key: row.key }),
    ]),
  );
  const { cid, userHash, workspace } = from;
  for (const [key, { eventId, value }] of changed) {
    const whole = merged(known.get(key) ?? { cluster: from.clusterName }, value);
    yield* rows(writers.snapshot({ key, cid, eventId, userHash, workspace, valueJson: JSON.stringify(whole) })(tx));
  }
}

/** A field that is not named leaves what was there. */
function defined(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

/** JSON merge patch (RFC 7396): objects are merged, null deletes a field, everything else takes the place of what was there. */
function merged(before: Value, patch: Value): Value {
  const result: Record<string, unknown> = { ...before };
  for (const [key, field] of Object.entries(patch)) {
    const old = result[key];
    if (field === null) delete result[key];
    else result[key] = isObject(field) ? merged(isObject(old) ? old : {}, field) : field;
  }
  return result;
}

function isObject(value: unknown): value is Value {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
