// Opens the controller's database file: durable settings, migrations, one clear error for whatever is wrong with it.
import { Database as Sqlite } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { chmodSync, existsSync } from "node:fs";
import { dirname } from "node:path";
import type { DiskRoom } from "#controller/ports/disk-room.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { hasRoom } from "#shared/os/disk-room.ts";
import { fillReserve, limitGrowth, onFullDisk, reservePart } from "#shared/os/sqlite-reserve.ts";
import type { Database, Deed, Durability, Orm, Rows, Work } from "../database.ts";
import { migrations, type Migration } from "../migrations/migrations.ts";
import { sqliteTables } from "../tables/tables.ts";
import { damaged, guardDatabase } from "./errors.ts";
import { migrate } from "./migrate.ts";

/** A database in a file of this machine. */
export interface OpenDatabase extends Database {
  readonly sqlite: Sqlite;
  close(): void;
}

/** So much of the reserve is kept for what ends things. */
const TIGHT_PART = 0.5;

/** A second process that writes waits this long for its turn; more means somebody hangs. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens (and makes, and migrates) the database file; ":memory:" is for tests. Throws StixError: bad-database (damaged, made by a
 * newer version), no-permission, disk-full.
 */
export function openDatabase(path: string, list: readonly Migration[] = migrations): OpenDatabase {
  return guardDatabase(path, () => {
    const isNew = path !== ":memory:" && !existsSync(path);
    const sqlite = new Sqlite(path, { create: true, readwrite: true, strict: true });
    try {
      if (isNew) chmodSync(path, 0o600);
      sqlite.run("PRAGMA journal_mode = WAL");
      sqlite.run("PRAGMA synchronous = FULL");
      sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      sqlite.run("PRAGMA foreign_keys = ON");
      checkHealth(path, sqlite);
      migrate(path, sqlite, list);
    } catch (error) {
      sqlite.close();
      throw error;
    }
    if (path !== ":memory:") limitGrowth(sqlite, 0);
    return { ...runnersOf(path, sqlite), sqlite, room: roomOf(path, sqlite), close: () => sqlite.close() };
  });
}

/** Everything is done at once, inside the call: nobody else's query comes between those of one work. */
function runnersOf(path: string, sqlite: Sqlite): Omit<Database, "room" | "close"> {
  const orm: Orm = drizzle(sqlite);
  const folder = dirname(path);
  const guarded = <T>(work: () => T) => guardDatabase(path, () => onFullDisk(sqlite, folder, work));
  const run = <T>(work: () => T, isRelaxed: boolean | undefined): T => {
    if (isRelaxed !== true) return guarded(work);
    // SQLite acts on these while it reads them: a prepared one would do nothing when it is run.
    sqlite.run("PRAGMA synchronous = NORMAL");
    try {
      return guarded(work);
    } finally {
      sqlite.run("PRAGMA synchronous = FULL");
    }
  };
  const heard: (() => void)[] = [];
  return {
    tables: sqliteTables,
    read: async (build) => guarded(() => build(orm).all()),
    look: async (work) => guarded(() => finish(work(orm))),
    write: (async (build: (orm: Orm) => Rows<unknown> | Deed, how: Durability = {}) =>
      run(() => answerOf(build(orm)), how.isRelaxed)) as Database["write"],
    transact: async (work, how = {}) => {
      const result = run(() => inTransaction(sqlite, () => finish(work(orm))), how.isRelaxed);
      if (how.serial === "events") for (const receive of heard) receive();
      return result;
    },
    onEvents: (receive) => void heard.push(receive),
    prepare: (make) => {
      let prepared: ReturnType<ReturnType<typeof make>["prepare"]> | null = null;
      return (values) => () => ({
        all: () => {
          prepared ??= make(orm).prepare();
          return prepared.all(values);
        },
      });
    },
  };
}

/** Statements without rows give none. */
function answerOf(query: Rows<unknown> | Deed): unknown[] {
  return (query as Rows<unknown>).all();
}

function finish<T>(work: Work<T>): T {
  let step = work.next();
  while (step.done !== true) step = work.next(answerOf(step.value));
  return step.value;
}

function inTransaction<T>(sqlite: Sqlite, work: () => T): T {
  // Takes the only writer's place at once: a transaction that becomes a writer later may be refused.
  return sqlite.transaction(work).immediate();
}

function roomOf(path: string, sqlite: Sqlite): DiskRoom {
  const folder = dirname(path);
  const isFull = () => path !== ":memory:" && !hasRoom(folder);
  return {
    isFull,
    require() {
      if (!isFull()) return;
      throw new StixError({
        code: "disk-full",
        message: `no space left on the disk of '${folder}'`,
        hint: `free some space there (df -h '${folder}'), or stix down a cluster whose jobs wrote much`,
      });
    },
    isTight: () => isFull() && reservePart(sqlite) < TIGHT_PART,
    keepReserve: () => guardDatabase(path, () => fillReserve(sqlite, folder)),
  };
}

function checkHealth(path: string, sqlite: Sqlite): void {
  const row = sqlite.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get();
  if (row?.quick_check !== "ok") throw damaged(path, row?.quick_check);
}
