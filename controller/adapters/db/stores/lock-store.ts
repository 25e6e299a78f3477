// Keeps the promises of durable locks in the database.
import { and, eq } from "drizzle-orm";
import type { LockStore } from "#controller/ports/requests.ts";
import { deed, first, rows, type Database } from "../database.ts";
import { ownerOfRequest } from "./owners.ts";
import { wakeNextFor } from "./request-wakes.ts";

export function createLockStore(db: Database): LockStore {
  const { locks } = db.tables;
  const holderOf = async (name: string) => {
    const [row] = await db.read((orm) => orm.select({ holder: locks.holder }).from(locks).where(eq(locks.name, name)));
    return row?.holder ?? null;
  };
  return {
    async tryAcquire(name, holder, at) {
      return await db.transact(function* (tx) {
        const owner = yield* ownerOfRequest(db.tables, tx, holder);
        yield* deed(
          tx
            .insert(locks)
            .values({ name, holder, acquiredAt: at, ...owner })
            .onConflictDoNothing(),
        );
        const taken = yield* first(tx.select({ holder: locks.holder }).from(locks).where(eq(locks.name, name)));
        return taken?.holder === holder;
      });
    },
    release: (name, holder, at) =>
      db.transact(
        function* (tx) {
          const isIt = and(eq(locks.name, name), eq(locks.holder, holder));
          const freed = yield* rows(tx.delete(locks).where(isIt).returning({ name: locks.name }));
          if (freed.length > 0) yield* wakeNextFor(db.tables, tx, name, at);
        },
        { serial: "waits" },
      ),
    holderOf,
  };
}
