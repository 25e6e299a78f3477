// Three servers on one database die, stop and freeze at any step: every request ends once, and whoever lost one writes nothing.
import { expect, test } from "bun:test";
import { runEngine, type EngineRun } from "./request-engine.ts";

const SEEDS = Number(process.env["STIX_SIM_SEEDS"] ?? 100);
const FIRST_SEED = Number(process.env["STIX_SIM_FIRST"] ?? 1);

test(`${SEEDS} fleets of servers that die and freeze end every request once`, async () => {
  const wrong: string[] = [];
  const sum = { deaths: 0, freezes: 0, takeOvers: 0, givenUp: 0, succeeded: 0 };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    const run: EngineRun = await runEngine(seed);
    for (const each of run.wrong) wrong.push(`seed ${seed}: ${each}`);
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += run[key];
    if (wrong.length > 10) break;
  }

  expect(wrong).toEqual([]);
  // The simulation must have simulated something.
  expect(sum.deaths).toBeGreaterThan(SEEDS);
  expect(sum.freezes).toBeGreaterThan(SEEDS);
  expect(sum.takeOvers).toBeGreaterThan(SEEDS / 2);
  expect(sum.givenUp).toBeGreaterThan(SEEDS / 20);
  expect(sum.succeeded).toBeGreaterThan(SEEDS);
}, 400_000);
