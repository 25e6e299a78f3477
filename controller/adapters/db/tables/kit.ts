// The kinds of columns there are. A table is described once with these; each engine has a kit that makes them its own way.
import { integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** SQLite's columns; the types of all kits are its types. */
export const sqliteKit = {
  table: sqliteTable,
  /** Compared byte by byte in every engine. */
  text: (name: string) => text(name),
  /** Up to 2^53; instants are milliseconds since the epoch. */
  integer: (name: string) => integer(name),
  real: (name: string) => real(name),
  /** 0 or 1 in the row. */
  flag: (name: string) => integer(name, { mode: "boolean" }),
  /** Counted up by the engine. */
  serial: (name: string) => integer(name).primaryKey({ autoIncrement: true }),
};

export type TableKit = typeof sqliteKit;

/** Whose a row is. Rows of databases that did not say have "" and the default workspace. */
export function owner({ text }: TableKit) {
  return {
    userHash: text("user_hash").notNull().default(""),
    workspace: text("workspace").notNull().default("default"),
  };
}
