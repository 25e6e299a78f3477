// How busy a node is: figures that can be, the second answer without a wait, and what the driver prints.
import { describe, expect, test } from "bun:test";
import { realClock } from "#shared/clock.ts";
import { createUsage, parseGpus } from "./usage.ts";

describe("skylet/node/usage", () => {
  test("processors and memory of this machine, at once the second time", async () => {
    const usage = createUsage({ clock: realClock(), gpuTool: () => null });
    await usage();
    // Something to see between two looks.
    const until = performance.now() + 60;
    while (performance.now() < until);
    const since = performance.now();
    const seen = await usage();

    expect(performance.now() - since).toBeLessThan(100);
    expect(seen.cpu ?? -1).toBeGreaterThan(0);
    expect(seen.cpu ?? 2).toBeLessThanOrEqual(1);
    expect(seen.memUsed).toBeGreaterThan(0);
    expect(seen.memUsed).toBeLessThan(seen.memTotal);
    expect(seen.gpus).toEqual([]);
  });

  test("devices are read from the driver's list, one that does not tell its share too", () => {
    expect(parseGpus("NVIDIA A100-SXM4-40GB, 93, 30000, 40960\nTesla M60, [N/A], 0, 8192\n\n")).toEqual([
      { name: "NVIDIA A100-SXM4-40GB", share: 0.93, memUsed: 30000 * 2 ** 20, memTotal: 40960 * 2 ** 20 },
      { name: "Tesla M60", share: null, memUsed: 0, memTotal: 8192 * 2 ** 20 },
    ]);
  });
});
