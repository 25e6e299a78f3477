// One server for each state folder: a lock that the operating system lets go of when its holder dies, however it dies.
import { Database } from "bun:sqlite";
import { writeFileSync } from "node:fs";
import { databaseCode } from "../sqlite-code.ts";

export interface ServerLock extends Disposable {
  readonly path: string;
}

/**
 * null: another process holds it. SQLite's own file lock is used, because this runtime has no other that ends with the process;
 * the process id stands as text in `path`, the lock itself in a file beside it.
 */
export function takeServerLock(path: string, pid: number): ServerLock | null {
  const database = new Database(`${path}.db`, { create: true, readwrite: true });
  try {
    database.run("PRAGMA busy_timeout = 0");
    database.run("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (databaseCode(error)?.startsWith("SQLITE_BUSY") === true) return null;
    throw error;
  }
  writeFileSync(path, `${pid}\n`, { mode: 0o600 });
  return { path, [Symbol.dispose]: () => database.close() };
}
