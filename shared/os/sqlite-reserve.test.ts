// Room kept inside a database: what is written then uses it, the file stays as long as it is, and it is made whole again.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillReserve, onFullDisk, RESERVE_BYTES, reservePart } from "./sqlite-reserve.ts";

interface Bench extends Disposable {
  readonly db: Database;
  readonly folder: string;
  sizes(): { readonly file: number; readonly log: number };
}

function bench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), "stix-reserve-"));
  const path = join(folder, "a.db");
  const db = new Database(path, { create: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("CREATE TABLE t(x TEXT)");
  return {
    db,
    folder,
    sizes: () => ({ file: statSync(path).size, log: statSync(`${path}-wal`).size }),
    [Symbol.dispose]: () => {
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describe("shared/os/sqlite-reserve", () => {
  test("rows use the room that is kept: neither the file nor its log grows", () => {
    using on = bench();
    fillReserve(on.db, on.folder);
    const before = on.sizes();

    for (let row = 0; row < 60; row += 1) on.db.run("INSERT INTO t VALUES (?)", ["x".repeat(1_000)]);

    expect(before.file).toBeGreaterThan(RESERVE_BYTES);
    expect(before.log).toBeGreaterThan(RESERVE_BYTES);
    expect(on.sizes()).toEqual(before);
    expect(reservePart(on.db)).toBeLessThan(1);
  });

  test("half used it is made whole, by as much as is missing", () => {
    using on = bench();
    fillReserve(on.db, on.folder);
    on.db.run("INSERT INTO t VALUES (?)", ["x".repeat(RESERVE_BYTES * 0.6)]);
    const used = reservePart(on.db);
    const before = on.sizes().file;

    fillReserve(on.db, on.folder);

    expect(used).toBeLessThan(0.5);
    expect(reservePart(on.db)).toBe(1);
    expect(on.sizes().file - before).toBeLessThan(RESERVE_BYTES);
    expect(on.db.query("SELECT name FROM sqlite_schema WHERE name = 'reserve'").get()).toBeNull();
  });

  test("what a crash left between its two steps is used, not doubled", () => {
    using on = bench();
    on.db.run("CREATE TABLE reserve(bytes BLOB)");
    on.db.run("INSERT INTO reserve VALUES (randomblob(?))", [RESERVE_BYTES]);
    const before = on.sizes().file;

    fillReserve(on.db, on.folder);

    expect(reservePart(on.db)).toBe(1);
    expect(on.sizes().file - before).toBeLessThan(2 * RESERVE_BYTES);
  });

  test("the database grows only through a look at the disk", () => {
    using on = bench();
    fillReserve(on.db, on.folder);
    const large = "x".repeat(3 * RESERVE_BYTES);

    expect(() => on.db.run("INSERT INTO t VALUES (?)", [large])).toThrow("full");
    onFullDisk(on.db, on.folder, () => on.db.run("INSERT INTO t VALUES (?)", [large]));

    expect(on.db.query("SELECT count(*) AS n FROM t").get()).toEqual({ n: 1 });
  });

  test("work is done once more on a full disk, and other errors come as they are", () => {
    using on = bench();
    const full = Object.assign(new Error("full"), { code: "SQLITE_FULL" });
    let tries = 0;

    const done = onFullDisk(on.db, on.folder, () => {
      tries += 1;
      if (tries === 1) throw full;
      return "done";
    });

    expect([done, tries]).toEqual(["done", 2]);
    expect(() =>
      onFullDisk(on.db, "/nonexistent", () => {
        throw full;
      }),
    ).toThrow("full");
    expect(() =>
      onFullDisk(on.db, on.folder, () => {
        throw new Error("other");
      }),
    ).toThrow("other");
  });
});
