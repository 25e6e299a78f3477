// Keeps what is remembered of monitors' credentials.
import { and, desc, eq, isNotNull, lt, or } from "drizzle-orm";
import { isLive, type MonitorRecords } from "#controller/ports/monitor-records.ts";
import { deed, rows, type Database } from "../database.ts";

export function createMonitorStore(db: Database): MonitorRecords {
  const { monitors } = db.tables;
  return {
    add: (record, max) =>
      db.transact(
        function* (tx) {
          const live = (yield* rows(tx.select().from(monitors))).filter((one) => isLive(one, record.createdAt));
          if (live.some((one) => one.name === record.name)) return "name-taken";
          if (live.length >= max) return "too-many";
          yield* deed(tx.insert(monitors).values(record));
          return "added";
        },
        // They are counted before one is added.
        { serial: "monitors" },
      ),
    list: () => db.read((orm) => orm.select().from(monitors).orderBy(desc(monitors.createdAt))),
    revoke: (id, at) => db.write((orm) => orm.update(monitors).set({ revokedAt: at }).where(eq(monitors.id, id))),
    prune: (before) =>
      db.write((orm) =>
        orm
          .delete(monitors)
          .where(or(lt(monitors.expireAt, before), and(isNotNull(monitors.revokedAt), lt(monitors.revokedAt, before)))),
      ),
  };
}
