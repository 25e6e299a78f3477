// Keeps the promises of the request store in the database.
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  inArray,
  isNull,
  lt,
  lte,
  gte,
  min,
  ne,
  notInArray,
  or,
  sql,
} from "drizzle-orm";
import type { RequestFailure, RequestState } from "#shared/lifecycle/request.ts";
import type { RequestFilter, RequestRecord, RequestStore } from "#controller/ports/requests.ts";
import type { OpenDatabase } from "../sqlite/database.ts";
import { groupCommit } from "./group-commit.ts";
import { hasCome, waitKeys, wakeForgotten, wakeNextFor } from "./request-wakes.ts";
import { locks, requests } from "../tables/request.ts";

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
    claim: (id, lease, at) =>
      db.runRelaxed(() => {
        const row = statements.claim.get({ id, at, owner: lease.owner, until: lease.until });
        return row === undefined ? null : recordOf(row);
      }),
    claimNext: (lane, count, lease, at) =>
      db.runRelaxed((orm) => {
        const due = orm
          .select({ id: requests.id })
          .from(requests)
          .where(and(eq(requests.lane, lane), isFree(at)))
          .orderBy(asc(requests.createdAt), asc(requests.id))
          .limit(count);
        return orm
          .update(requests)
          .set(claimed(lease.owner, lease.until, at))
          .where(and(inArray(requests.id, due), isFree(at)))
          .returning()
          .all()
          .map(recordOf)
          .toSorted((left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1));
      }),
    renew: ({ owner, until }) =>
      db.runRelaxed((orm) =>
        orm
          .update(requests)
          .set({ leaseUntil: until })
          .where(and(eq(requests.leaseOwner, owner), eq(requests.state, "RUNNING")))
          .returning({ id: requests.id, token: requests.token, cancelAsked: requests.cancelAsked })
          .all(),
      ),
    wait: ({ requestId, token }, wish, at) =>
      db.runRelaxed((orm) =>
        orm.transaction((tx) => {
          const waits = tx
            .update(requests)
            .set({
              state: "WAITING",
              leaseOwner: null,
              leaseUntil: null,
              wakeAt: hasCome(tx, wish.on) ? at : wish.until,
              wakeOn: wish.on,
              waits: sql`CASE WHEN ${requests.wakeOn} = ${wish.on} THEN ${requests.waits} + 1 ELSE 1 END`,
              statusMessage: wish.message,
            })
            .where(and(eq(requests.id, requestId), eq(requests.token, token), eq(requests.state, "RUNNING")))
            .returning({ id: requests.id })
            .all();
          return waits.length > 0;
        }),
      ),
    setWaiting: (id, message) =>
      db.runRelaxed((orm) =>
        orm
          .update(requests)
          .set({ state: message === null ? "RUNNING" : "WAITING", statusMessage: message })
          .where(isOpen(id))
          .run(),
      ),
    letGo: (owner) =>
      db.run((orm) =>
        orm
          .update(requests)
          .set({ leaseOwner: null, leaseUntil: null })
          .where(and(eq(requests.leaseOwner, owner), eq(requests.state, "RUNNING")))
          .run(),
      ),
    endLeasesBut: (owner) =>
      db.run((orm) =>
        orm
          .update(requests)
          .set({ leaseUntil: 0 })
          .where(and(ne(requests.leaseOwner, owner), eq(requests.state, "RUNNING")))
          .run(),
      ),
    wakeForgotten: (at) => db.runRelaxed((orm) => orm.transaction((tx) => wakeForgotten(tx, at))),
    nextDue: (owner) =>
      db.run((orm) => {
        const wake = orm
          .select({ at: min(requests.wakeAt) })
          .from(requests)
          .where(eq(requests.state, "WAITING"))
          .get();
        const lease = orm
          .select({ at: min(requests.leaseUntil) })
          .from(requests)
          .where(and(eq(requests.state, "RUNNING"), ne(requests.leaseOwner, owner)))
          .get();
        const all = [wake?.at, lease?.at].filter((at) => typeof at === "number");
        return all.length === 0 ? null : Math.min(...all);
      }),
    finish: (id, outcome, at, token) =>
      db.runRelaxed((orm) =>
        orm.transaction((tx) => {
          const ended = statements.finish.get({
            id,
            at,
            token: token ?? null,
            state: outcome.state,
            valueJson: outcome.state === "SUCCEEDED" ? JSON.stringify(outcome.value ?? null) : null,
            failureJson: outcome.state === "SUCCEEDED" ? null : JSON.stringify(outcome.failure),
          });
          if (ended === undefined) return false;
          const freed = statements.freeLocks.all({ id }).map(({ name }) => name);
          // It may have been woken for a lock that it did not take.
          const waited = ended.wakeOn?.startsWith(waitKeys.lock) === true && hasCome(tx, ended.wakeOn);
          const forgone = waited ? [(ended.wakeOn ?? "").slice(waitKeys.lock.length)] : [];
          for (const name of new Set([...freed, ...forgone])) wakeNextFor(tx, name, at);
          statements.wakeFollowers.run({ at, key: `${waitKeys.request}${id}` });
          return true;
        }),
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
    claim: orm
      .update(requests)
      .set(claimed(sql.placeholder("owner"), sql.placeholder("until"), sql.placeholder("at")))
      .where(and(eq(requests.id, sql.placeholder("id")), isFree(sql.placeholder("at"))))
      .returning()
      .prepare(),
    freeLocks: orm
      .delete(locks)
      .where(eq(locks.holder, sql.placeholder("id")))
      .returning({ name: locks.name })
      .prepare(),
    wakeFollowers: orm
      .update(requests)
      .set({ wakeAt: given("at") })
      .where(and(eq(requests.state, "WAITING"), eq(requests.wakeOn, sql.placeholder("key"))))
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
        leaseOwner: null,
        leaseUntil: null,
        wakeAt: null,
      })
      .where(and(isOpen, or(isNull(sql.placeholder("token")), eq(requests.token, sql.placeholder("token")))))
      .returning({ wakeOn: requests.wakeOn })
      .prepare(),
  };
}

type Given<T> = T | ReturnType<typeof sql.placeholder>;

/** What nobody works on and is due, or is to end. */
function isFree(at: Given<number>) {
  const waits = or(
    lte(requests.wakeAt, at),
    and(isNull(requests.wakeAt), isNull(requests.wakeOn)),
    requests.cancelAsked,
  );
  return or(
    eq(requests.state, "PENDING"),
    and(eq(requests.state, "WAITING"), waits),
    and(eq(requests.state, "RUNNING"), or(isNull(requests.leaseUntil), lte(requests.leaseUntil, at))),
  );
}

function claimed(owner: Given<string>, until: Given<number>, at: Given<number>) {
  return {
    state: "RUNNING" as const,
    startedAt: sql`coalesce(${requests.startedAt}, ${at})`,
    runs: sql`CASE WHEN ${requests.state} = 'WAITING' THEN ${requests.runs} ELSE ${requests.runs} + 1 END`,
    token: sql`${requests.token} + 1`,
    leaseOwner: sql`${owner}`,
    leaseUntil: sql`${until}`,
    wakeAt: null,
    statusMessage: null,
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
