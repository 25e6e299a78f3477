// Makes waiting requests due: the next in line for a lock, all that wait for a request.
import { and, asc, eq, gt, inArray, isNull, like, notExists, or, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { requestState, isRequestTerminal, requestStates } from "#shared/lifecycle/request.ts";
import { deed, first, rows, type Orm, type Work } from "../database.ts";
import type { Tables } from "../tables/tables.ts";

export const waitKeys = { lock: "lock:", request: "request:" } as const;
const UNFINISHED = requestStates.filter((state) => !isRequestTerminal(state));

const notDue = ({ requests }: Tables, at: number) => or(isNull(requests.wakeAt), gt(requests.wakeAt, at));

/** Only one can have it: the others would ask in vain. */
export function* wakeNextFor(tables: Tables, tx: Orm, lock: string, at: number): Work<void> {
  const { requests } = tables;
  const next = tx
    .select({ id: requests.id })
    .from(requests)
    .where(and(eq(requests.state, requestState.WAITING), eq(requests.wakeOn, `${waitKeys.lock}${lock}`)))
    .orderBy(asc(requests.createdAt), asc(requests.place))
    .limit(1);
  yield* deed(
    tx
      .update(requests)
      .set({ wakeAt: at })
      .where(and(inArray(requests.id, next), notDue(tables, at))),
  );
}

/** What `key` names has come. */
export function* hasCome({ requests, locks }: Tables, tx: Orm, key: string): Work<boolean> {
  if (key.startsWith(waitKeys.lock)) {
    const name = key.slice(waitKeys.lock.length);
    return (yield* first(tx.select({ name: locks.name }).from(locks).where(eq(locks.name, name)))) === undefined;
  }
  if (!key.startsWith(waitKeys.request)) return false;
  const id = key.slice(waitKeys.request.length);
  const found = yield* first(tx.select({ state: requests.state }).from(requests).where(eq(requests.id, id)));
  return found === undefined || isRequestTerminal(found.state);
}

export function* wakeForgotten(tables: Tables, tx: Orm, at: number): Work<void> {
  const { requests, locks } = tables;
  const waiting = and(eq(requests.state, requestState.WAITING), notDue(tables, at));
  const holders = tx
    .select({ name: locks.name })
    .from(locks)
    .where(eq(sql`${waitKeys.lock} || ${locks.name}`, requests.wakeOn));
  const free = yield* rows(
    tx
      .selectDistinct({ on: requests.wakeOn })
      .from(requests)
      .where(and(waiting, like(requests.wakeOn, `${waitKeys.lock}%`), notExists(holders))),
  );
  for (const { on } of free) if (on !== null) yield* wakeNextFor(tables, tx, on.slice(waitKeys.lock.length), at);
  const awaited = alias(requests, "awaited");
  const unfinished = tx
    .select({ id: awaited.id })
    .from(awaited)
    .where(and(eq(sql`${waitKeys.request} || ${awaited.id}`, requests.wakeOn), inArray(awaited.state, UNFINISHED)));
  yield* deed(
    tx
      .update(requests)
      .set({ wakeAt: at })
      .where(and(waiting, like(requests.wakeOn, `${waitKeys.request}%`), notExists(unfinished))),
  );
}
