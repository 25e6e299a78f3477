// Two servers, two clouds, deaths between any two calls: no machine is left that nobody owns, no cluster has two sets of machines, a
// free name has none, and the ledger agrees with the clouds.
import { expect, test } from "bun:test";
import { openDatabase } from "#controller/adapters/db/sqlite/database.ts";
import { databaseStores } from "../../twins/twin-world.ts";
import { simulateFailover } from "./simulate.ts";

const SEEDS = Number(process.env["STIX_SIM_SEEDS"] ?? 2_000);
const FIRST_SEED = Number(process.env["STIX_SIM_FIRST"] ?? 1);
/** A database is slower by far; what it keeps is the same. */
const ON_DATABASE = 10;

test(`${SEEDS} worlds of two servers and two bad clouds end without a leak and without a double`, async () => {
  const broken: string[] = [];
  const sum = { deaths: 0, freezes: 0, attempts: 0, succeeded: 0, failed: 0, late: 0, unproven: 0 };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    const outcome = await simulateFailover(seed);
    for (const sentence of outcome.broken) broken.push(`seed ${seed}: ${sentence}`);
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += outcome[name];
    if (broken.length > 10) break;
  }

  expect(broken).toEqual([]);
  // The simulation must have simulated something.
  expect(sum.deaths).toBeGreaterThan(SEEDS / 2);
  expect(sum.freezes).toBeGreaterThan(SEEDS / 4);
  expect(sum.attempts).toBeGreaterThan(SEEDS * 1.5);
  expect(sum.succeeded).toBeGreaterThan(SEEDS / 2);
  expect(sum.failed).toBeGreaterThan(SEEDS / 20);
  expect(sum.late).toBeGreaterThan(SEEDS / 20);
  expect(sum.unproven).toBeGreaterThan(SEEDS / 50);
}, 400_000);

test("the same on the stores of the database, a few times", async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + ON_DATABASE; seed += 1) {
    const database = openDatabase(":memory:");
    expect((await simulateFailover(seed, databaseStores(database))).broken).toEqual([]);
    await database.close();
  }
}, 120_000);
