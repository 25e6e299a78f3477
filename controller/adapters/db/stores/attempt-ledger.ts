// Keeps the promises of the attempts' ledger in the database.
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { asc, eq, ne } from "drizzle-orm";
import type { AttemptLedger, AttemptNote, AttemptRecord, AttemptRefusal } from "#controller/ports/attempts.ts";
import type { Placement } from "#controller/providers/contract/provider.ts";
import { attemptLife, attemptState, type AttemptMove } from "#shared/lifecycle/attempt.ts";
import { step } from "#shared/lifecycle/moves.ts";
import type { OpenDatabase } from "../sqlite/database.ts";
import { attempts } from "../tables/cluster.ts";

export function createAttemptLedger(db: OpenDatabase): AttemptLedger {
  return {
    addAttempt: (record) => db.run((orm) => orm.insert(attempts).values(rowOf(record)).onConflictDoNothing().run()),
    moveAttempt: (id, event, at, note = {}) =>
      db.run((orm) => orm.transaction((tx) => takeMove(tx, id, { event, at, note }))),
    attempts: (cid) =>
      db.run((orm) =>
        orm
          .select()
          .from(attempts)
          .where(eq(attempts.cid, cid))
          .orderBy(...inOrder)
          .all()
          .map(recordOf),
      ),
    openAttempts: () =>
      db.run((orm) =>
        orm
          .select()
          .from(attempts)
          .where(ne(attempts.state, "removed"))
          .orderBy(...inOrder)
          .all()
          .map(recordOf),
      ),
  };
}

type Transaction = Parameters<Parameters<BunSQLiteDatabase["transaction"]>[0]>[0];

const inOrder = [asc(attempts.startedAt), asc(attempts.id)];

/** Inside of a transaction: with the change of another row, both or neither. null: the move does not exist. */
export function takeMove(
  tx: Transaction,
  id: string,
  { event, at, note }: { readonly event: AttemptMove; readonly at: number; readonly note: AttemptNote },
): AttemptRecord | null {
  const row = tx.select().from(attempts).where(eq(attempts.id, id)).get();
  const state = row === undefined ? null : step(attemptLife, row.state, event);
  if (row === undefined || state === null || typeof state !== "string") return null;
  const record = {
    ...recordOf(row),
    ...note,
    state,
    ...(state === attemptState.removed ? { endedAt: at } : {}),
  };
  tx.update(attempts).set(rowOf(record)).where(eq(attempts.id, id)).run();
  return record;
}

function rowOf({ placement, failure, removal, ...plain }: AttemptRecord): typeof attempts.$inferInsert {
  return {
    ...plain,
    placementJson: JSON.stringify(placement),
    failureJson: failure === null ? null : JSON.stringify(failure),
    removalJson: removal === null ? null : JSON.stringify(removal),
  };
}

function recordOf({ placementJson, failureJson, removalJson, ...plain }: typeof attempts.$inferSelect): AttemptRecord {
  return {
    ...plain,
    placement: JSON.parse(placementJson) as Placement,
    failure: failureJson === null ? null : (JSON.parse(failureJson) as AttemptRefusal),
    removal: removalJson === null ? null : (JSON.parse(removalJson) as AttemptRecord["removal"]),
  };
}
