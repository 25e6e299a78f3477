// Runs one suite on every engine that may keep the state.
import { afterAll, beforeAll, describe } from "bun:test";
import { openPostgres, type PostgresDatabase } from "#controller/adapters/db/postgres/database.ts";
import { openDatabase } from "#controller/adapters/db/sqlite/database.ts";
import type { Database } from "#controller/adapters/db/database.ts";
import { realTime } from "#shared/clock.ts";
import { startPostgres, type TestPostgres } from "./postgres.ts";

/** Gives an empty database. */
export type OpenEmpty = () => Promise<Database>;

export interface Engine {
  readonly name: "SQLite" | "Postgres";
  readonly openEmpty: OpenEmpty;
  /** Writes what the stores themselves would never write. */
  readonly tamper: (sql: string) => Promise<void>;
  readonly look: (sql: string) => Promise<readonly unknown[]>;
}

const SETUP_MS = 120_000;

/** `suite` is registered once for each engine. */
export function onBothDatabases(suite: (engine: Engine) => void): void {
  describe("on SQLite", () => {
    let database: ReturnType<typeof openDatabase> | null = null;
    suite({
      name: "SQLite",
      async openEmpty() {
        database?.close();
        database = openDatabase(":memory:");
        return database;
      },
      async tamper(sql) {
        database?.sqlite.run(sql);
      },
      look: async (sql) => database?.sqlite.query(sql).all() ?? [],
    });
  });
  describe("on Postgres", () => {
    let cluster: TestPostgres;
    let database: PostgresDatabase;
    beforeAll(async () => {
      cluster = await startPostgres();
      database = await openPostgres(await cluster.create("stores"), { time: realTime, tell: () => undefined });
    }, SETUP_MS);
    afterAll(async () => {
      await database.close();
      await cluster[Symbol.asyncDispose]();
    }, SETUP_MS);
    suite({
      name: "Postgres",
      async openEmpty() {
        const made = await cluster.ask(
          "stores",
          "SELECT string_agg(quote_ident(tablename), ', ') AS names FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'stix_schema'",
        );
        await cluster.ask("stores", `TRUNCATE ${String(made[0]?.["names"])} RESTART IDENTITY`);
        return database;
      },
      async tamper(sql) {
        await cluster.ask("stores", sql);
      },
      look: async (sql) => [...(await cluster.ask("stores", sql))],
    });
  });
}
