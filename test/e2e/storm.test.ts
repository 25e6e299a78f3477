// A short kill storm; scripts/storm runs long ones.
import { expect, setDefaultTimeout, test } from "bun:test";
import { runStorm } from "./kill-storm.ts";

setDefaultTimeout(300_000);

test("forty gang jobs through a storm of kill -9 keep every promise", async () => {
  const result = await runStorm({ seed: 20261123, jobs: 40, nodes: 2, limitMs: 240_000 });

  expect(result.broken).toEqual([]);
  expect(Object.values(result.kills).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
});
