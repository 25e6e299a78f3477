// The same columns as Postgres makes them: every integer has 64 bits, flags are 0 and 1 as in SQLite.
import { bigint, customType, doublePrecision, pgTable, text } from "drizzle-orm/pg-core";
import type { TableKit } from "./kit.ts";

const flag = customType<{ data: boolean; driverData: number | string }>({
  dataType: () => "bigint",
  toDriver: (value) => (value ? 1 : 0),
  fromDriver: (value) => Number(value) !== 0,
});

const made = {
  table: pgTable,
  text: (name: string) => text(name),
  integer: (name: string) => bigint(name, { mode: "number" }),
  real: (name: string) => doublePrecision(name),
  flag: (name: string) => flag(name),
  serial: (name: string) => bigint(name, { mode: "number" }).primaryKey().generatedByDefaultAsIdentity(),
};

/** Seen as SQLite's: stores call what both builders have, and rows come out the same (the suites of the stores run on both). */
export const postgresKit = made as unknown as TableKit;
