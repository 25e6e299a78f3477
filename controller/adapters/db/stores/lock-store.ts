// Keeps the promises of durable locks in the database.
import { and, eq } from "drizzle-orm";
import type { LockStore } from "#controller/ports/requests.ts";
import type { OpenDatabase } from "../sqlite/database.ts";
import { wakeNextFor } from "./request-wakes.ts";
import { locks } from "../tables/request.ts";

export function createLockStore(db: OpenDatabase): LockStore {
  const holderOf = (name: string) =>
    db.run((orm) => orm.select({ holder: locks.holder }).from(locks).where(eq(locks.name, name)).get()?.holder ?? null);
  return {
    async tryAcquire(name, holder, at) {
      await db.run((orm) => orm.insert(locks).values({ name, holder, acquiredAt: at }).onConflictDoNothing().run());
      return (await holderOf(name)) === holder;
    },
    release: (name, holder, at) =>
      db.run((orm) =>
        orm.transaction((tx) => {
          const freed = tx
            .delete(locks)
            .where(and(eq(locks.name, name), eq(locks.holder, holder)))
            .returning({ name: locks.name })
            .all();
          if (freed.length > 0) wakeNextFor(tx, name, at);
        }),
      ),
    holderOf,
  };
}
