// Keeps the promises of the request store in the database.
import { and, asc, desc, eq, getTableColumns, gte, inArray, isNull, lt, lte, min, ne, or, sql } from "drizzle-orm";
import { requestState, type RequestOutcome, requestLife } from "#shared/lifecycle/request.ts";
import type { RequestFilter, RequestRecord, RequestStore } from "#controller/ports/requests.ts";
import { first, rows, type Database, type Orm, type Work } from "../database.ts";
import type { Tables } from "../tables/tables.ts";
import { groupCommit } from "#shared/group-commit.ts";
import { hasCome, waitKeys, wakeForgotten, wakeNextFor } from "./request-wakes.ts";
import { readJson, readJsonOrNull, writeJsonOrNull } from "./json-column.ts";
import { anythingSchema, failureSchema } from "./stored-shapes.ts";

const LIST_LIMIT = 10_000;
/** SQLite takes an offset only with a limit. */
const NO_LIMIT = 2 ** 31;
/** What of a body is not needed any more when the request ended: it may hold secrets. */
const SECRET_KEYS = new Set(["task", "dag", "env_vars"]);

type Requests = Tables["requests"];

export function createRequestStore(db: Database): RequestStore {
  const { requests } = db.tables;
  const isOpen = (id: string) => and(eq(requests.id, id), inArray(requests.state, requestLife.open));
  const statements = prepareStatements(db);
  const nextPlace = countPlaces();
  return {
    insert: groupCommit((records: readonly RequestRecord[]) =>
      db.transact(function* (tx) {
        for (const record of records) yield* rows(statements.insert(rowOf(record, nextPlace(record.createdAt)))(tx));
      }),
    ),
    get: async (id) => {
      const [row] = await db.read(statements.get({ id }));
      return row === undefined ? null : recordOf(row);
    },
    findByPrefix: async (prefix, limit) =>
      (await db.read((orm) => orm.select().from(requests).where(beginsWith(requests, prefix)).limit(limit))).map(
        recordOf,
      ),
    list: async (filter) =>
      (
        await db.read((orm) =>
          orm
            .select()
            .from(requests)
            .where(and(...conditions(requests, filter)))
            .orderBy(desc(requests.createdAt), desc(requests.place))
            .limit(filter.limit ?? LIST_LIMIT),
        )
      ).map(recordOf),
    claim: async (id, { owner, until }, at) => {
      const [row] = await db.write(statements.claim({ id, at, owner, until }), { isRelaxed: true });
      return row === undefined ? null : recordOf(row);
    },
    claimNext: async (lane, count, { owner, until }, at) => {
      const claimedRows = await db.write(statements.claimNext({ lane, count, at, owner, until }), { isRelaxed: true });
      return claimedRows
        .toSorted((left, right) => left.createdAt - right.createdAt || left.place - right.place)
        .map(recordOf);
    },
    renew: ({ owner, until }) => db.write(statements.renew({ owner, until }), { isRelaxed: true }),
    wait: ({ requestId, token }, wish, at) =>
      db.transact(
        function* (tx) {
          const isDue = yield* hasCome(db.tables, tx, wish.on);
          const waits = yield* rows(
            tx
              .update(requests)
              .set({
                state: requestState.WAITING,
                leaseOwner: null,
                leaseUntil: null,
                wakeAt: isDue ? at : wish.until,
                wakeOn: wish.on,
                waits: sql`CASE WHEN ${requests.wakeOn} = ${wish.on} THEN ${requests.waits} + 1 ELSE 1 END`,
                statusMessage: wish.message,
              })
              .where(
                and(eq(requests.id, requestId), eq(requests.token, token), eq(requests.state, requestState.RUNNING)),
              )
              .returning({ id: requests.id }),
          );
          return waits.length > 0;
        },
        { isRelaxed: true, serial: "waits" },
      ),
    letGo: (owner) =>
      db.write((orm) =>
        orm
          .update(requests)
          .set({ leaseOwner: null, leaseUntil: null })
          .where(and(eq(requests.leaseOwner, owner), eq(requests.state, requestState.RUNNING))),
      ),
    endLeasesBut: (owner) =>
      db.write((orm) =>
        orm
          .update(requests)
          .set({ leaseUntil: 0 })
          .where(and(ne(requests.leaseOwner, owner), eq(requests.state, requestState.RUNNING))),
      ),
    wakeForgotten: (at) => db.transact((tx) => wakeForgotten(db.tables, tx, at), { isRelaxed: true, serial: "waits" }),
    nextDue: async (owner) => {
      const [wake] = await db.read(statements.nextWake({}));
      const [lease] = await db.read(statements.nextLease({ owner }));
      const all = [wake?.at, lease?.at].filter((at) => typeof at === "number");
      return all.length === 0 ? null : Math.min(...all);
    },
    finish: (id, outcome, at, token) =>
      db.transact((tx) => finish(db.tables, statements, tx, { id, outcome, at, token }), {
        isRelaxed: true,
        serial: "waits",
      }),
    askCancel: async (id) =>
      (
        await db.write((orm) =>
          orm.update(requests).set({ cancelAsked: true }).where(isOpen(id)).returning({ id: requests.id }),
        )
      ).length > 0,
    prune: (before, keep) => db.transact((tx) => prune(requests, tx, before, keep)),
  };
}

interface End {
  readonly id: string;
  readonly outcome: RequestOutcome;
  readonly at: number;
  readonly token: number | undefined;
}

function* finish(tables: Tables, statements: Statements, tx: Orm, { id, outcome, at, token }: End): Work<boolean> {
  const row = yield* first(statements.get({ id })(tx));
  if (row === undefined) return false;
  const isDone = outcome.state === requestState.SUCCEEDED;
  const values = {
    id,
    at,
    state: outcome.state,
    valueJson: isDone ? JSON.stringify(outcome.value ?? null) : null,
    failureJson: isDone ? null : JSON.stringify(outcome.failure),
    bodyJson: withoutSecrets(row.bodyJson),
  };
  const end = token === undefined ? statements.finish(values) : statements.finishFenced({ ...values, token });
  const ended = yield* first(end(tx));
  if (ended === undefined) return false;
  const freed = (yield* rows(statements.freeLocks({ id })(tx))).map(({ name }) => name);
  // It may have been woken for a lock that it did not take.
  const waited = ended.wakeOn?.startsWith(waitKeys.lock) === true && (yield* hasCome(tables, tx, ended.wakeOn));
  const forgone = waited ? [(ended.wakeOn ?? "").slice(waitKeys.lock.length)] : [];
  for (const name of new Set([...freed, ...forgone])) yield* wakeNextFor(tables, tx, name, at);
  yield* rows(statements.wakeFollowers({ at, key: `${waitKeys.request}${id}` })(tx));
  return true;
}

function* prune(requests: Requests, tx: Orm, before: number, keep: number): Work<string[]> {
  const ended = inArray(requests.state, requestLife.ended);
  const old = yield* rows(
    tx
      .delete(requests)
      .where(and(ended, lt(requests.createdAt, before)))
      .returning({ id: requests.id }),
  );
  const beyond = tx
    .select({ id: requests.id })
    .from(requests)
    .where(ended)
    .orderBy(desc(requests.createdAt), desc(requests.place))
    .limit(NO_LIMIT)
    .offset(keep);
  const extra = yield* rows(tx.delete(requests).where(inArray(requests.id, beyond)).returning({ id: requests.id }));
  return [...old, ...extra].map((row) => row.id);
}

/** What every request runs through. */
function prepareStatements(db: Database) {
  const { requests, locks } = db.tables;
  const given = (name: string) => sql`${sql.placeholder(name)}`;
  const isOpen = and(eq(requests.id, sql.placeholder("id")), inArray(requests.state, requestLife.open));
  const columns = Object.fromEntries(
    Object.keys(getTableColumns(requests)).map((name) => [name, sql.placeholder(name)]),
  );
  const ended = {
    state: given("state"),
    finishedAt: given("at"),
    statusMessage: null,
    valueJson: given("valueJson"),
    failureJson: given("failureJson"),
    bodyJson: given("bodyJson"),
    leaseOwner: null,
    leaseUntil: null,
    wakeAt: null,
  };
  return {
    insert: db.prepare((orm) =>
      orm
        .insert(requests)
        // One placeholder a column, under the column's own name.
        .values(columns as unknown as Requests["$inferInsert"])
        .returning({ id: requests.id }),
    ),
    get: db.prepare((orm) =>
      orm
        .select()
        .from(requests)
        .where(eq(requests.id, sql.placeholder("id"))),
    ),
    claim: db.prepare((orm) =>
      orm
        .update(requests)
        .set(claimed(requests, sql.placeholder("owner"), sql.placeholder("until"), sql.placeholder("at")))
        .where(and(eq(requests.id, sql.placeholder("id")), isFree(requests, sql.placeholder("at"))))
        .returning(),
    ),
    claimNext: db.prepare((orm) => {
      const at = sql.placeholder("at");
      const due = orm
        .select({ id: requests.id })
        .from(requests)
        .where(and(eq(requests.lane, sql.placeholder("lane")), isFree(requests, at)))
        .orderBy(asc(requests.createdAt), asc(requests.place))
        .limit(sql.placeholder("count"));
      return orm
        .update(requests)
        .set(claimed(requests, sql.placeholder("owner"), sql.placeholder("until"), at))
        .where(and(inArray(requests.id, due), isFree(requests, at)))
        .returning();
    }),
    renew: db.prepare((orm) =>
      orm
        .update(requests)
        .set({ leaseUntil: given("until") })
        .where(and(eq(requests.leaseOwner, sql.placeholder("owner")), eq(requests.state, requestState.RUNNING)))
        .returning({ id: requests.id, token: requests.token, cancelAsked: requests.cancelAsked }),
    ),
    nextWake: db.prepare((orm) =>
      orm
        .select({ at: min(requests.wakeAt) })
        .from(requests)
        .where(eq(requests.state, requestState.WAITING)),
    ),
    nextLease: db.prepare((orm) =>
      orm
        .select({ at: min(requests.leaseUntil) })
        .from(requests)
        .where(and(eq(requests.state, requestState.RUNNING), ne(requests.leaseOwner, sql.placeholder("owner")))),
    ),
    freeLocks: db.prepare((orm) =>
      orm
        .delete(locks)
        .where(eq(locks.holder, sql.placeholder("id")))
        .returning({ name: locks.name }),
    ),
    wakeFollowers: db.prepare((orm) =>
      orm
        .update(requests)
        .set({ wakeAt: given("at") })
        .where(and(eq(requests.state, requestState.WAITING), eq(requests.wakeOn, sql.placeholder("key"))))
        .returning({ id: requests.id }),
    ),
    finish: db.prepare((orm) => orm.update(requests).set(ended).where(isOpen).returning({ wakeOn: requests.wakeOn })),
    finishFenced: db.prepare((orm) =>
      orm
        .update(requests)
        .set(ended)
        .where(and(isOpen, eq(requests.token, sql.placeholder("token"))))
        .returning({ wakeOn: requests.wakeOn }),
    ),
  };
}

type Statements = ReturnType<typeof prepareStatements>;
type Given<T> = T | ReturnType<typeof sql.placeholder>;

/** What nobody works on and is due, or is to end. */
function isFree(requests: Requests, at: Given<number>) {
  const waits = or(
    lte(requests.wakeAt, at),
    and(isNull(requests.wakeAt), isNull(requests.wakeOn)),
    eq(requests.cancelAsked, true),
  );
  return or(
    eq(requests.state, requestState.PENDING),
    and(eq(requests.state, requestState.WAITING), waits),
    and(eq(requests.state, requestState.RUNNING), or(isNull(requests.leaseUntil), lte(requests.leaseUntil, at))),
  );
}

function claimed(requests: Requests, owner: Given<string>, until: Given<number>, at: Given<number>) {
  return {
    state: requestState.RUNNING,
    startedAt: sql`coalesce(${requests.startedAt}, ${at})`,
    runs: sql`CASE WHEN ${requests.state} = ${requestState.WAITING} THEN ${requests.runs} ELSE ${requests.runs} + 1 END`,
    token: sql`${requests.token} + 1`,
    leaseOwner: sql`${owner}`,
    leaseUntil: sql`${until}`,
    wakeAt: null,
    statusMessage: null,
  };
}

/** A body that cannot be read is nothing that must be kept. */
function withoutSecrets(bodyJson: string): string {
  try {
    const body = JSON.parse(bodyJson) as unknown;
    if (typeof body !== "object" || body === null || Array.isArray(body)) return bodyJson;
    return JSON.stringify(Object.fromEntries(Object.entries(body).filter(([key]) => !SECRET_KEYS.has(key))));
  } catch {
    return "null";
  }
}

/** As text, letter by letter: LIKE would take `%` and `_` of an id for wildcards. Nothing sorts after the last code point. */
function beginsWith(requests: Requests, prefix: string) {
  return and(gte(requests.id, prefix), lt(requests.id, `${prefix}\u{10FFFF}`));
}

function conditions(requests: Requests, filter: RequestFilter) {
  return [
    filter.ids === undefined ? undefined : inArray(requests.id, [...filter.ids]),
    filter.states === undefined ? undefined : inArray(requests.state, [...filter.states]),
    filter.clusterName === undefined ? undefined : eq(requests.clusterName, filter.clusterName),
    filter.userHash === undefined ? undefined : eq(requests.userHash, filter.userHash),
    filter.workspace === undefined ? undefined : eq(requests.workspace, filter.workspace),
  ];
}

/** In order of arrival: later ones of the same millisecond get higher places. */
function countPlaces(): (createdAt: number) => number {
  let last = 0;
  return (createdAt) => {
    last = Math.max(last + 1, createdAt * 1_000);
    return last;
  };
}

function rowOf({ body, value, failure, ...rest }: RequestRecord, place: number): Requests["$inferInsert"] {
  return {
    ...rest,
    place,
    bodyJson: JSON.stringify(body ?? null),
    valueJson: writeJsonOrNull(value),
    failureJson: writeJsonOrNull(failure),
  };
}

function recordOf(row: Requests["$inferSelect"]): RequestRecord {
  const { bodyJson, valueJson, failureJson, place: _, ...rest } = row;
  const at = (column: string) => ({ table: "requests", column, key: row.id });
  return {
    ...rest,
    body: readJson(anythingSchema, bodyJson, at("body_json")),
    value: readJsonOrNull(anythingSchema, valueJson, at("value_json")),
    failure: readJsonOrNull(failureSchema, failureJson, at("failure_json")),
  };
}
