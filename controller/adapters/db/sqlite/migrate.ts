// Brings a database file to the newest schema: all migrations or none.
import type { Database as Sqlite } from "bun:sqlite";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Migration } from "../migrations/migrations.ts";

/** Throws bad-database when a newer version wrote it. */
export function migrate(path: string, sqlite: Sqlite, list: readonly Migration[]): void {
  const newest = list.at(-1)?.version ?? 0;
  const upgrade = sqlite.transaction(() => {
    // Read inside the transaction: another process may have migrated while we waited for the lock.
    const now = sqlite.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
    if (now > newest) {
      throw new StixError({
        code: "bad-database",
        message: `the database '${path}' was written by a newer version (schema ${now}, this program knows ${newest})`,
        hint: "install the newer stix again, or set STIX_HOME to another folder",
      });
    }
    for (const migration of list.filter((each) => each.version > now)) {
      sqlite.run(migration.sql);
      sqlite.run(`PRAGMA user_version = ${migration.version}`);
    }
  });
  upgrade.immediate();
}
