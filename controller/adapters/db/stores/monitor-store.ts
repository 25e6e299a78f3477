// Keeps what is remembered of monitors' credentials.
import { desc, eq, isNotNull, lt, or, and } from "drizzle-orm";
import { isLive, type MonitorRecords } from "#controller/ports/monitor-records.ts";
import type { OpenDatabase } from "../sqlite/database.ts";
import { monitors } from "../tables/agents.ts";

export function createMonitorStore(db: OpenDatabase): MonitorRecords {
  return {
    add: (record, max) =>
      db.run((orm) =>
        orm.transaction(
          (tx) => {
            const live = tx
              .select()
              .from(monitors)
              .all()
              .filter((one) => isLive(one, record.createdAt));
            if (live.some((one) => one.name === record.name)) return "name-taken" as const;
            if (live.length >= max) return "too-many" as const;
            tx.insert(monitors).values(record).run();
            return "added" as const;
          },
          { behavior: "immediate" },
        ),
      ),
    list: () => db.run((orm) => orm.select().from(monitors).orderBy(desc(monitors.createdAt)).all()),
    revoke: (id, at) => db.run((orm) => orm.update(monitors).set({ revokedAt: at }).where(eq(monitors.id, id)).run()),
    prune: (before) =>
      db.run((orm) =>
        orm
          .delete(monitors)
          .where(or(lt(monitors.expireAt, before), and(isNotNull(monitors.revokedAt), lt(monitors.revokedAt, before))))
          .run(),
      ),
  };
}
