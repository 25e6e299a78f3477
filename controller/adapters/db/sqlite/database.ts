// Opens the controller's database file: durable settings, migrations, one clear error for whatever is wrong with it.
import { diskClosedError, diskFullError, diskTroubleOf, isDiskFull } from "#shared/os/disk-errors.ts";
import { Database } from "bun:sqlite";
import { drizzle, type BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { chmodSync, existsSync } from "node:fs";
import { dirname } from "node:path";
import type { DiskRoom } from "#controller/ports/disk-room.ts";
import { StixError, isStixError } from "#shared/errors/stix-error.ts";
import { hasRoom } from "#shared/os/disk-room.ts";
import { fillReserve, limitGrowth, onFullDisk, reservePart } from "#shared/os/sqlite-reserve.ts";
import { migrations, type Migration } from "../migrations/migrations.ts";

/** The open database. Stores take it; only this folder runs queries. */
export interface OpenDatabase {
  readonly orm: BunSQLiteDatabase;
  readonly sqlite: Database;
  /** One piece of work of a store; the engine's complaints come out as one StixError each. */
  run<T>(work: (orm: BunSQLiteDatabase) => T): Promise<T>;
  /**
   * As `run`, without waiting for the disk: a power cut may undo it, a killed process loses nothing; the next `run` makes it last.
   * For what is simply done again then.
   */
  runRelaxed<T>(work: (orm: BunSQLiteDatabase) => T): Promise<T>;
  readonly room: DiskRoom;
  close(): void;
}

/** So much of the reserve is kept for what ends things. */
const TIGHT_PART = 0.5;

/** A second process that writes waits this long for its turn; more means somebody hangs. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens (and makes, and migrates) the database file. Throws StixError: bad-database (damaged, made by a newer version),
 * no-permission, disk-full.
 */
export function openDatabase(path: string, list: readonly Migration[] = migrations): OpenDatabase {
  return guardDatabase(path, () => {
    // ":memory:" is for tests.
    const isNew = path !== ":memory:" && !existsSync(path);
    const sqlite = new Database(path, { create: true, readwrite: true, strict: true });
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
    const orm = drizzle(sqlite);
    const folder = dirname(path);
    if (path !== ":memory:") limitGrowth(sqlite, 0);
    return {
      orm,
      sqlite,
      run: async (work) => guardDatabase(path, () => onFullDisk(sqlite, folder, () => work(orm))),
      runRelaxed: async (work) =>
        guardDatabase(path, () => {
          // SQLite acts on these while it reads them: a prepared one would do nothing when it is run.
          sqlite.run("PRAGMA synchronous = NORMAL");
          try {
            return onFullDisk(sqlite, folder, () => work(orm));
          } finally {
            sqlite.run("PRAGMA synchronous = FULL");
          }
        }),
      room: roomOf(path, sqlite),
      close: () => sqlite.close(),
    };
  });
}

function roomOf(path: string, sqlite: Database): DiskRoom {
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

/** Runs a piece of work on the database and turns the engine's complaints into one StixError each. */
export function guardDatabase<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw databaseError(path, error);
  }
}

/** A StixError for what SQLite (or the file system under it) said; anything else comes back unchanged. */
export function databaseError(path: string, error: unknown): unknown {
  if (isStixError(error)) return error;
  const code = codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause);
  if (code === undefined) return error;
  if (code.startsWith("SQLITE_FULL") || isDiskFull(error)) return diskFullError(path, error);
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(code) || diskTroubleOf(error) !== null)
    return diskClosedError(path, error);
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return damaged(path, error);
  if (code.startsWith("SQLITE_IOERR")) {
    return new StixError({
      code: "disk-full",
      message: `the disk refused to read or write '${path}'`,
      hint: `look at the disk's space and health (df -h '${path}'), then try again`,
      cause: error,
    });
  }
  if (code.startsWith("SQLITE_BUSY")) {
    return new StixError({
      code: "bad-database",
      message: `'${path}' is locked by another process`,
      hint: "stix api stop, then try again",
      cause: error,
    });
  }
  return error;
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

function damaged(path: string, cause?: unknown): StixError {
  return new StixError({
    code: "bad-database",
    message: `the database '${path}' is damaged`,
    hint: `put a backup there, or move it away to begin empty: mv '${path}' '${path}.damaged'; clusters run on, and stix doctor adopt takes them back`,
    cause,
  });
}

function checkHealth(path: string, sqlite: Database): void {
  const row = sqlite.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get();
  if (row?.quick_check !== "ok") throw damaged(path, row?.quick_check);
}

function migrate(path: string, sqlite: Database, list: readonly Migration[]): void {
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
