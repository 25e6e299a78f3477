// Keeps the promises of the request store in the database.
import { and, desc, eq, getTableColumns, inArray, lt, gte, notInArray, sql } from "drizzle-orm";
import type { RequestFailure, RequestState } from "#shared/lifecycle/request.ts";
import type { RequestFilter, RequestRecord, RequestStore } from "#controller/ports/requests.ts";
import type { OpenDatabase } from "../sqlite/database.ts";
import { groupCommit } from "./group-commit.ts";
import { requests } from "../tables/request.ts";

const UNFINISHED = ["PENDING", "WAITING", "RUNNING"] as const satisfies readonly RequestState[];
const LIST_LIMIT = 10_000;
/** SQLite takes an offset only with a limit. */
const NO_LIMIT = 2 ** 31;

export function createRequestStore(db: OpenDatabase): RequestStore {
  const isOpen = (id: string) => and(eq(requests.id, id), inArray(requests.state, [...UNFINISHED]));
  const statements = prepareStatements(db.orm);
  return {
    insert: groupCommit((records: readonly RequestRecord[]) =>
      db.run((orm) =>
        orm.transaction(
          () => {
            for (const record of records) statements.insert.run(rowOf(record));
          },
          { behavior: "immediate" },
        ),
      ),
    ),
    get: (id) =>
      db.run(() => {
        const row = statements.get.get({ id });
        return row === undefined ? null : recordOf(row);
      }),
    findByPrefix: (prefix, limit) =>
      db.run((orm) => orm.select().from(requests).where(beginsWith(prefix)).limit(limit).all().map(recordOf)),
    list: (filter) =>
      db.run((orm) =>
        orm
          .select()
          .from(requests)
          .where(and(...conditions(filter)))
          .orderBy(desc(requests.createdAt), desc(sql`rowid`))
          .limit(filter.limit ?? LIST_LIMIT)
          .all()
          .map(recordOf),
      ),
    begin: (id, at) =>
      db.runRelaxed(() => {
        const row = statements.begin.get({ id, at });
        return row === undefined ? null : recordOf(row);
      }),
    setWaiting: (id, message) =>
      db.runRelaxed(
        (orm) =>
          void orm
            .update(requests)
            .set({ state: message === null ? "RUNNING" : "WAITING", statusMessage: message })
            .where(isOpen(id))
            .run(),
      ),
    finish: (id, outcome, at) =>
      db.runRelaxed(
        () =>
          statements.finish.all({
            id,
            at,
            state: outcome.state,
            valueJson: outcome.state === "SUCCEEDED" ? JSON.stringify(outcome.value ?? null) : null,
            failureJson: outcome.state === "SUCCEEDED" ? null : JSON.stringify(outcome.failure),
          }).length > 0,
      ),
    askCancel: (id) =>
      db.run(
        (orm) =>
          orm.update(requests).set({ cancelAsked: true }).where(isOpen(id)).returning({ id: requests.id }).all()
            .length > 0,
      ),
    prune: (before, keep) =>
      db.run((orm) =>
        orm.transaction((tx) => {
          const ended = notInArray(requests.state, [...UNFINISHED]);
          const old = tx
            .delete(requests)
            .where(and(ended, lt(requests.createdAt, before)))
            .returning({ id: requests.id })
            .all();
          const extra = tx
            .delete(requests)
            .where(
              inArray(
                requests.id,
                tx
                  .select({ id: requests.id })
                  .from(requests)
                  .where(ended)
                  .orderBy(desc(requests.createdAt))
                  .limit(NO_LIMIT)
                  .offset(keep),
              ),
            )
            .returning({ id: requests.id })
            .all();
          return [...old, ...extra].map((row) => row.id);
        }),
      ),
  };
}

/** What every request runs through: making the statements costs more than running them. */
function prepareStatements(orm: OpenDatabase["orm"]) {
  const given = (name: string) => sql`${sql.placeholder(name)}`;
  const isOpen = and(eq(requests.id, sql.placeholder("id")), inArray(requests.state, [...UNFINISHED]));
  const columns = Object.fromEntries(
    Object.keys(getTableColumns(requests)).map((name) => [name, sql.placeholder(name)]),
  );
  return {
    // One placeholder a column, under the column's own name.
    insert: orm
      .insert(requests)
      .values(columns as unknown as typeof requests.$inferInsert)
      .prepare(),
    get: orm
      .select()
      .from(requests)
      .where(eq(requests.id, sql.placeholder("id")))
      .prepare(),
    begin: orm
      .update(requests)
      .set({
        state: "RUNNING",
        startedAt: sql`coalesce(${requests.startedAt}, ${sql.placeholder("at")})`,
        runs: sql`${requests.runs} + 1`,
        statusMessage: null,
      })
      .where(isOpen)
      .returning()
      .prepare(),
    finish: orm
      .update(requests)
      .set({
        state: given("state"),
        finishedAt: given("at"),
        statusMessage: null,
        valueJson: given("valueJson"),
        failureJson: given("failureJson"),
        // Secrets of the task are not needed any more.
        bodyJson: sql`json_remove(${requests.bodyJson}, '$.task', '$.dag', '$.env_vars')`,
      })
      .where(isOpen)
      .returning({ id: requests.id })
      .prepare(),
  };
}

/** As text, letter by letter: LIKE would take `%` and `_` of an id for wildcards. Nothing sorts after the last code point. */
function beginsWith(prefix: string) {
  return and(gte(requests.id, prefix), lt(requests.id, `${prefix}\u{10FFFF}`));
}

function conditions(filter: RequestFilter) {
  return [
    filter.ids === undefined ? undefined : inArray(requests.id, [...filter.ids]),
    filter.states === undefined ? undefined : inArray(requests.state, [...filter.states]),
    filter.clusterName === undefined ? undefined : eq(requests.clusterName, filter.clusterName),
    filter.userHash === undefined ? undefined : eq(requests.userHash, filter.userHash),
  ];
}

function rowOf({ body, value, failure, ...rest }: RequestRecord): typeof requests.$inferInsert {
  return {
    ...rest,
    bodyJson: JSON.stringify(body ?? null),
    valueJson: value === undefined || value === null ? null : JSON.stringify(value),
    failureJson: failure === null ? null : JSON.stringify(failure),
  };
}

function recordOf({ bodyJson, valueJson, failureJson, ...rest }: typeof requests.$inferSelect): RequestRecord {
  return {
    ...rest,
    body: JSON.parse(bodyJson) as unknown,
    value: valueJson === null ? null : (JSON.parse(valueJson) as unknown),
    failure: failureJson === null ? null : (JSON.parse(failureJson) as RequestFailure),
  };
}
