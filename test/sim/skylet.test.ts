// Many worlds for the queue of a cluster, its workers and the bus between them: crashes, loss, doubled, late and reordered messages,
// full disks, cut, frozen and restarted nodes, restarts of the bus.
import { describe, expect, test } from "bun:test";
import { simulateSkylet } from "./skylet-sim.ts";

const SEEDS = 500;

describe("skylet/queue/decide in simulation", () => {
  test(`keeps every rule in ${SEEDS} worlds`, async () => {
    const broken: string[] = [];
    const ended = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await simulateSkylet(seed);
      for (const state of Object.keys(result.ended)) ended.add(state);
      if (result.broken !== null) broken.push(`${result.broken}; replay: bun test/sim/run.ts --seed ${seed}`);
    }

    expect(broken).toEqual([]);
    // Worlds in which nothing ever goes wrong would prove nothing.
    expect([...ended].sort()).toEqual(["CANCELLED", "FAILED", "FAILED_DRIVER", "FAILED_SETUP", "SUCCEEDED"]);
  }, 60_000);

  test("a seed tells the same story every time", async () => {
    const first = await simulateSkylet(341);
    const second = await simulateSkylet(341);
    const other = await simulateSkylet(342);

    expect(second.trace).toEqual(first.trace);
    expect(other.trace).not.toEqual(first.trace);
  });
});
