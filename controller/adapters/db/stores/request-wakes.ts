// Makes waiting requests due: the next in line for a lock, all that wait for a request.
import { and, asc, eq, inArray, isNull, like, notExists, or, sql, gt } from "drizzle-orm";
import { alias, type BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import { isRequestTerminal, requestStates } from "#shared/lifecycle/request.ts";
import { locks, requests } from "../tables/request.ts";

type Queries = BaseSQLiteDatabase<"sync", void>;

export const waitKeys = { lock: "lock:", request: "request:" } as const;
const UNFINISHED = requestStates.filter((state) => !isRequestTerminal(state));

const notDue = (at: number) => or(isNull(requests.wakeAt), gt(requests.wakeAt, at));

/** Only one can have it: the others would ask in vain. */
export function wakeNextFor(orm: Queries, lock: string, at: number): void {
  const next = orm
    .select({ id: requests.id })
    .from(requests)
    .where(and(eq(requests.state, "WAITING"), eq(requests.wakeOn, `${waitKeys.lock}${lock}`)))
    .orderBy(asc(requests.createdAt), asc(requests.id))
    .limit(1);
  orm
    .update(requests)
    .set({ wakeAt: at })
    .where(and(inArray(requests.id, next), notDue(at)))
    .run();
}

export function wakeFollowersOf(orm: Queries, id: string, at: number): void {
  orm
    .update(requests)
    .set({ wakeAt: at })
    .where(and(eq(requests.state, "WAITING"), eq(requests.wakeOn, `${waitKeys.request}${id}`), notDue(at)))
    .run();
}

/** What `key` names has come. */
export function hasCome(orm: Queries, key: string): boolean {
  if (key.startsWith(waitKeys.lock))
    return (
      orm
        .select({ name: locks.name })
        .from(locks)
        .where(eq(locks.name, key.slice(waitKeys.lock.length)))
        .get() === undefined
    );
  if (!key.startsWith(waitKeys.request)) return false;
  const id = key.slice(waitKeys.request.length);
  const found = orm.select({ state: requests.state }).from(requests).where(eq(requests.id, id)).get();
  return found === undefined || isRequestTerminal(found.state);
}

export function wakeForgotten(orm: Queries, at: number): void {
  const waiting = and(eq(requests.state, "WAITING"), notDue(at));
  const free = orm
    .selectDistinct({ on: requests.wakeOn })
    .from(requests)
    .where(
      and(
        waiting,
        like(requests.wakeOn, `${waitKeys.lock}%`),
        notExists(
          orm
            .select({ name: locks.name })
            .from(locks)
            .where(eq(sql`${waitKeys.lock} || ${locks.name}`, requests.wakeOn)),
        ),
      ),
    )
    .all();
  for (const { on } of free) if (on !== null) wakeNextFor(orm, on.slice(waitKeys.lock.length), at);
  const awaited = alias(requests, "awaited");
  orm
    .update(requests)
    .set({ wakeAt: at })
    .where(
      and(
        waiting,
        like(requests.wakeOn, `${waitKeys.request}%`),
        notExists(
          orm
            .select({ id: awaited.id })
            .from(awaited)
            .where(
              and(eq(sql`${waitKeys.request} || ${awaited.id}`, requests.wakeOn), inArray(awaited.state, UNFINISHED)),
            ),
        ),
      ),
    )
    .run();
}
