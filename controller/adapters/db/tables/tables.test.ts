// One schema in both engines: what the migrations make there, and what the queries believe, is the same. Every row has an owner.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { getTableColumns, getTableName } from "drizzle-orm";
import { realTime } from "#shared/clock.ts";
import { startPostgres, type TestPostgres } from "#test/postgres.ts";
import { openPostgres } from "../postgres/database.ts";
import { openDatabase } from "../sqlite/database.ts";
import { makeTables, sqliteTables, type Tables } from "./tables.ts";
import { postgresKit } from "./postgres-kit.ts";

setDefaultTimeout(120_000);

/** These are the installation's own: facts of the hub, and which server does what. */
const ownerless = new Set(["hub_facts", "leases"]);

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.create("schema");
  await (await openPostgres(url, { time: realTime, tell: () => undefined })).close();
});
afterAll(async () => await postgres[Symbol.asyncDispose]());

/** `table.column kind, null or not`. */
const types: Readonly<Record<string, string>> = {
  INTEGER: "integer",
  bigint: "integer",
  TEXT: "text",
  text: "text",
  REAL: "real",
  "double precision": "real",
};

function inSqlite(): string[] {
  const database = openDatabase(":memory:");
  const found = database.sqlite
    .query<{ t: string; c: string; type: string; needed: number }, []>(
      `SELECT m.name AS t, i.name AS c, i.type AS type, i."notnull" OR i.pk > 0 AS needed
       FROM sqlite_master AS m, pragma_table_info(m.name) AS i WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`,
    )
    .all();
  database.close();
  return found
    .map(({ t, c, type, needed }) => `${t}.${c} ${types[type] ?? type}${needed === 0 ? " or null" : ""}`)
    .toSorted();
}

async function inPostgres(): Promise<string[]> {
  const found = await postgres.ask(
    "schema",
    "SELECT table_name AS t, column_name AS c, data_type AS type, is_nullable AS nullable FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'stix_schema'",
  );
  return found
    .map(
      ({ t, c, type, nullable }) =>
        `${String(t)}.${String(c)} ${types[String(type)] ?? String(type)}${nullable === "YES" ? " or null" : ""}`,
    )
    .toSorted();
}

function believed(tables: Tables): string[] {
  return Object.values(tables)
    .flatMap((table) =>
      Object.values(getTableColumns(table)).map(
        (column) =>
          `${getTableName(table)}.${column.name} ${types[column.getSQLType()] ?? column.getSQLType()}${column.notNull || column.primary ? "" : " or null"}`,
      ),
    )
    .toSorted();
}

test("migrations make the same columns in both engines, and queries know exactly these", async () => {
  const lower = Object.fromEntries(Object.entries(types).map(([name, kind]) => [name.toLowerCase(), kind]));
  const plain = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/ (\w+)/, (_, kind: string) => ` ${lower[kind] ?? kind}`));

  expect(await inPostgres()).toEqual(inSqlite());
  expect(plain(believed(sqliteTables))).toEqual(inSqlite());
  expect(plain(believed(makeTables(postgresKit)))).toEqual(inSqlite());
});

test("the same indexes, and checks of states", async () => {
  const database = openDatabase(":memory:");
  const here = database.sqlite
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    .all();
  const there = await postgres.ask("schema", "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public'");
  const checks = await postgres.ask(
    "schema",
    "SELECT conrelid::regclass::text AS t FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0",
  );
  database.close();

  const names = there.map(({ name }) => String(name));
  expect(here.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([]);
  expect(new Set(checks.map(({ t }) => t))).toEqual(new Set(["requests", "clusters", "attempts"]));
});

test("every table says whose a row is", () => {
  const columns = inSqlite();
  const tables = [...new Set(columns.map((line) => line.split(".")[0] ?? ""))];
  const without = tables.filter(
    (table) => !["user_hash text", "workspace text"].every((each) => columns.includes(`${table}.${each}`)),
  );

  expect(new Set(without)).toEqual(ownerless);
});
