// Many worlds for a follower of a job: late and lost messages, silent workers, a reader that is cut off and comes back.
import { expect, test } from "bun:test";
import { simulateLogs } from "./logs-sim.ts";

const SEEDS = 300;

test(`every byte of a followed job comes once and in order in ${SEEDS} worlds`, async () => {
  const broken: string[] = [];
  let resumed = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await simulateLogs(seed);
    resumed += result.resumed;
    if (result.broken !== null) broken.push(`seed ${seed}: ${result.broken}`);
  }

  expect(broken).toEqual([]);
  expect(resumed).toBeGreaterThan(SEEDS / 2);
}, 120_000);
