// Room inside a SQLite database for writes on a full disk: free pages in the file, and a write-ahead log that is long already.
// Nobody else can take it, as they could take what deleting a file gives back. Holds where files are overwritten in place.
import type { Database } from "bun:sqlite";
import { freeBytes } from "./disk-room.ts";

/** About 250 pages: the rows of some hundred cancelled jobs, or removed clusters. */
export const RESERVE_BYTES = 1024 * 1024;

/** The database becomes longer by so much at a time. */
const GROWTH_BYTES = 512 * 1024;
/** No single write of ours needs more; what fails still has another reason. */
const GROWTH_MOST_BYTES = 512 * 1024 * 1024;

/** Part of the reserve that is there now, from 0 to 1. */
export function reservePart(db: Database): number {
  return Math.min(1, (pragma(db, "freelist_count") * pragma(db, "page_size")) / RESERVE_BYTES);
}

/**
 * Makes the reserve whole when half of it is used, and the disk has room. Throws what SQLite says. Two transactions: pages that are
 * made and freed in one are never written, and so have no room on the disk.
 */
export function fillReserve(db: Database, folder: string): void {
  if (reservePart(db) > 0.5 || freeBytes(folder) < 8 * RESERVE_BYTES) return;
  limitGrowth(db, 2 * RESERVE_BYTES);
  db.transaction(() => {
    // One that a crash left between the two.
    db.run("DROP TABLE IF EXISTS reserve");
    db.run("CREATE TABLE reserve(bytes BLOB)");
    db.run("INSERT INTO reserve VALUES (randomblob(?))", [RESERVE_BYTES]);
  }).immediate();
  startWalAgain(db);
  db.run("DROP TABLE reserve");
  startWalAgain(db);
  limitGrowth(db, 0);
}

/**
 * Does the work again when SQLite found no room. Where the disk has some the database may grow, by a little more each time; where
 * it has none the work begins at the start of the write-ahead log, in the pages that are kept. So the database never becomes longer
 * on a disk that cannot take it, which would leave a log that can neither be brought in nor begun again.
 */
export function onFullDisk<T>(db: Database, folder: string, work: () => T): T {
  for (let growth = GROWTH_BYTES; ; growth *= 4) {
    try {
      return work();
    } catch (error) {
      if (!isFull(error)) throw error;
      if (growth > GROWTH_MOST_BYTES || freeBytes(folder) < 4 * growth) break;
      limitGrowth(db, growth);
    }
  }
  startWalAgain(db);
  return work();
}

/** From now on the database may have so many bytes more than it has. */
export function limitGrowth(db: Database, bytes: number): void {
  const pages = pragma(db, "page_count") + Math.ceil(bytes / pragma(db, "page_size"));
  db.query(`PRAGMA max_page_count = ${pages}`).get();
}

/** Brings all of the log into the database, so that the next write overwrites its beginning. */
function startWalAgain(db: Database): void {
  db.query("PRAGMA wal_checkpoint(RESTART)").all();
}

function isFull(error: unknown): boolean {
  const codes = [error, (error as { cause?: unknown } | null)?.cause].map(
    (each) => (each as { code?: unknown } | null | undefined)?.code,
  );
  return codes.some((code) => typeof code === "string" && code.startsWith("SQLITE_FULL"));
}

function pragma(db: Database, name: "freelist_count" | "page_count" | "page_size"): number {
  return db.query<Record<string, number>, []>(`PRAGMA ${name}`).get()?.[name] ?? 0;
}
