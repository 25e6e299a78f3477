// Whatever is wrong with the database file ends in one clear error.
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isStixError } from "#shared/errors/stix-error.ts";
import { deed } from "../database.ts";
import { openDatabase } from "./database.ts";
import { databaseError } from "./errors.ts";

const folder = mkdtempSync(join(tmpdir(), "stix-database-"));
afterAll(() => rmSync(folder, { recursive: true }));

function failure(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return isStixError(error) ? `${error.code}: ${error.message} | ${error.hint}` : `not ours: ${String(error)}`;
  }
  return "nothing";
}

describe("controller/adapters/db/database", () => {
  test("the file is for its owner alone and survives being opened again", () => {
    const path = join(folder, "good.db");
    openDatabase(path).close();

    expect(statSync(path).mode & 0o777).toBe(0o600);
    openDatabase(path).close();
  });

  test("commits are synced: WAL with FULL, also after one that need not be", async () => {
    const db = openDatabase(join(folder, "durable.db"));

    expect(db.sqlite.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(db.sqlite.query("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    const isRelaxed = true;
    await db.transact(
      // oxlint-disable-next-line require-yield -- it only looks
      function* () {
        expect(db.sqlite.query("PRAGMA synchronous").get()).toEqual({ synchronous: 1 });
      },
      { isRelaxed },
    );
    await expect(
      db.write(
        () => {
          throw new RangeError("no");
        },
        { isRelaxed },
      ),
    ).rejects.toThrow("no");
    expect(db.sqlite.query("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    db.close();
  });

  test("a file that is no database", () => {
    const path = join(folder, "garbage.db");
    writeFileSync(path, "this is no database, and it is long enough to be read as one ".repeat(100));

    expect(failure(() => openDatabase(path))).toStartWith(`bad-database: the database '${path}' is damaged`);
  });

  test("a database with damaged pages", async () => {
    const path = join(folder, "torn.db");
    const db = openDatabase(path);
    await db.transact(function* (tx) {
      for (let row = 0; row < 2_000; row += 1)
        yield* deed(tx.insert(db.tables.locks).values({ name: `name-${row}`, holder: "holder", acquiredAt: 1 }));
    });
    db.sqlite.run("PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    const bytes = new Uint8Array(statSync(path).size);
    bytes.set(new Uint8Array(readFileSync(path)));
    bytes.fill(0xaa, 40_960, bytes.length - 4_096);
    writeFileSync(path, bytes);

    expect(failure(() => openDatabase(path))).toStartWith("bad-database:");
  });

  test("a database of a newer version", () => {
    const path = join(folder, "newer.db");
    const db = openDatabase(path);
    db.sqlite.run("PRAGMA user_version = 999");
    db.close();

    expect(failure(() => openDatabase(path))).toContain("was written by a newer version (schema 999");
  });

  test("a folder that is not there or cannot be written", () => {
    expect(failure(() => openDatabase(join(folder, "missing", "state.db")))).toStartWith("no-permission:");
  });

  test("a full disk and other complaints of the engine have a code each, and what is not the engine's stays", () => {
    const path = join(folder, "x.db");
    const engine = (code: string) => Object.assign(new Error("engine"), { code });

    expect(
      failure(() => {
        throw databaseError(path, engine("SQLITE_FULL"));
      }),
    ).toStartWith("disk-full:");
    expect(
      failure(() => {
        throw databaseError(path, engine("SQLITE_READONLY"));
      }),
    ).toStartWith("no-permission:");
    expect(
      failure(() => {
        throw databaseError(path, engine("SQLITE_CORRUPT_VTAB"));
      }),
    ).toStartWith("bad-database:");
    const other = new Error("other");
    expect(databaseError(path, other)).toBe(other);
  });

  test("a read-only file", () => {
    const path = join(folder, "readonly.db");
    openDatabase(path).close();
    chmodSync(path, 0o400);

    // The superuser may write everywhere: then it simply opens.
    const expected = process.getuid?.() === 0 ? "nothing" : "no-permission:";
    expect(failure(() => openDatabase(path).close())).toStartWith(expected);
  });
});
