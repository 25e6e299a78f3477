// Migrations are append-only, whole or not at all, and the tables they make are those the stores ask for.
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../sqlite/database.ts";
import { migrations } from "./migrations.ts";

/** SHA-256 of each released file. A changed hash means that databases in the field would differ from new ones. */
const released: Readonly<Record<string, string>> = {
  "1 requests-and-clusters": "cbcfa378128d4a0896ba410a8019f585a8f8996263fbc35a0ddb349775fc7de1",
  "2 agents": "7d13327ea0a22a0326de8f659ef193e21c39278c214373e3ccb37da01cc72b4d",
  "3 monitors": "d1f2bdb5699c478932f0666343d0c3a3358123474e9a2c51c9c0a6932fe94caa",
  "4 request-leases": "f2487ea2e6459f362aefaee9f686a34431b4db68324ef697b756bbd8550caae9",
  "5 attempt-ledger": "303d6fdcabc8f99767def776d81e5391b8c9a432f87333cb08633a00665a2bc1",
  "6 owners": "617976d00892469e95252aa39f849598283ac31d9de4e75cc17092b6a8a4d257",
};

const folder = mkdtempSync(join(tmpdir(), "stix-migrations-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("what was released is never edited", () => {
  const hashes = Object.fromEntries(
    migrations.map((each) => [
      `${each.version} ${each.name}`,
      new Bun.CryptoHasher("sha256").update(each.sql).digest("hex"),
    ]),
  );

  expect(Object.keys(hashes).slice(0, Object.keys(released).length)).toEqual(Object.keys(released));
  for (const [name, hash] of Object.entries(released))
    expect(`${name} ${hashes[name] ?? "gone"}`).toBe(`${name} ${hash}`);
});

test("versions count up without gaps", () => {
  expect(migrations.map((each) => each.version)).toEqual(migrations.map((_, index) => index + 1));
});

test("an older database is brought forward, its rows kept", () => {
  const path = join(folder, "old.db");
  const old = openDatabase(path, migrations.slice(0, 1));
  old.sqlite.run("INSERT INTO locks (name, holder, acquired_at) VALUES ('cluster:a', 'r1', 1)");
  old.close();

  const now = openDatabase(path);

  expect(now.sqlite.query("SELECT holder FROM locks").all()).toEqual([{ holder: "r1" }]);
  expect(now.sqlite.query("PRAGMA user_version").get()).toEqual({ user_version: migrations.length });
  now.close();
});

test("attempts of before belong to their living cluster, or are gone", () => {
  const path = join(folder, "attempts.db");
  const old = openDatabase(path, migrations.slice(0, 4));
  const cluster = (cid: string, removedAt: string) =>
    old.sqlite.run(
      `INSERT INTO clusters VALUES ('${cid}', '${cid}', 'UP', 'u', 'u', 'default', 1, NULL, '{}', '[]', NULL, 1, 'r', 1, 1, '', NULL, NULL, NULL, NULL, ${removedAt})`,
    );
  cluster("living", "NULL");
  cluster("ended", "9");
  for (const [id, cid, state, failure] of [
    ["r/1", "living", "failed", "'sold out'"],
    ["r/2", "living", "made", "NULL"],
    ["s/1", "ended", "made", "NULL"],
    ["s/2", "living", "intended", "NULL"],
  ])
    old.sqlite.run(`INSERT INTO attempts VALUES ('${id}', '${cid}', 'r', '{}', '${state}', 1, 2, ${failure})`);
  old.close();

  const now = openDatabase(path);

  expect(now.sqlite.query("SELECT id, state, ended_at, failure_json FROM attempts ORDER BY id").values()).toEqual([
    ["r-1", "removed", 2, '{"kind":"unknown","reach":"offer","message":"sold out","hint":"","at":2}'],
    ["r-2", "adopted", null, null],
    ["s-1", "removed", 2, null],
    ["s-2", "creating", null, null],
  ]);
  now.close();
});

test("a migration that fails leaves the database as it was", () => {
  const path = join(folder, "broken.db");
  openDatabase(path, migrations.slice(0, 1)).close();
  const broken = [
    ...migrations.slice(0, 1),
    { version: 2, name: "broken", sql: "CREATE TABLE half (a TEXT); CREATE TABLE nonsense (" },
  ];

  expect(() => openDatabase(path, broken)).toThrow();

  const again = openDatabase(path, migrations.slice(0, 1));
  expect(again.sqlite.query("SELECT name FROM sqlite_master WHERE name = 'half'").all()).toEqual([]);
  again.close();
});
