// Stores in the name of a request: each of their writes first sees, in the same transaction, that nobody else has taken it up.
import { requestState } from "#shared/lifecycle/request.ts";
import { and, eq, sql } from "drizzle-orm";
import { StaleLease, type Fence, type FencedStores } from "#controller/ports/requests.ts";
import { first, type Database, type Deed, type Durability, type Orm, type Rows, type Work } from "../database.ts";
import { createClusterStore } from "./cluster-store.ts";
import { createLockStore } from "./lock-store.ts";

export function createFencedStores(db: Database): (fence: Fence) => FencedStores {
  const { requests } = db.tables;
  const held = db.prepare((orm) =>
    kept(
      orm
        .select({ id: requests.id })
        .from(requests)
        .where(
          and(
            eq(requests.id, sql.placeholder("requestId")),
            eq(requests.token, sql.placeholder("token")),
            eq(requests.state, requestState.RUNNING),
          ),
        ),
    ),
  );
  return (fence) => {
    function* requireFence(tx: Orm): Work<void> {
      if ((yield* first(held({ ...fence })(tx))) === undefined) throw new StaleLease(fence);
    }
    const fenced: Database = {
      ...db,
      write: ((build: (orm: Orm) => Rows<unknown> | Deed, how?: Durability) =>
        db.transact(function* (tx) {
          yield* requireFence(tx);
          return yield build(tx);
        }, how)) as Database["write"],
      transact: (work, how) =>
        db.transact(function* (tx) {
          yield* requireFence(tx);
          return yield* work(tx);
        }, how),
    };
    return { clusters: createClusterStore(fenced), locks: createLockStore(fenced) };
  };
}

/** Where several servers write, the row stays as it was seen until the transaction is over. SQLite has one writer anyway. */
function kept<Query extends object>(query: Query): Query {
  const lockable: Query & { for?: (strength: "share") => Query } = query;
  return lockable.for === undefined ? query : lockable.for("share");
}
