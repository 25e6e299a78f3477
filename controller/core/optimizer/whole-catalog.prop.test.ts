// Laws over the embedded prices of all clouds, for random requests, and the time a plan may take.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { openCatalog } from "#catalog/load.ts";
import { rowsOf } from "#catalog/refresh/rows.ts";
import { oneOf, seeded, upTo } from "#test/random-market.ts";
import type { Resources } from "#shared/task/task.ts";
import { listOffers } from "./offers.ts";
import { optimize } from "./optimize.ts";
import type { OptimizeRequest, Plan } from "./request.ts";

const catalog = openCatalog();
const clouds = catalog.clouds;
const base = {
  enabledClouds: clouds,
  target: "cost",
  view: (cloud: string) => catalog.view(cloud),
} as const satisfies Omit<OptimizeRequest, "tasks">;
const rowsByCloud = new Map(clouds.map((cloud) => [cloud, rowsOf(catalog.view(cloud).table)]));

function plan(wish: Resources, request: Omit<OptimizeRequest, "tasks"> = base): Plan | null {
  const found = optimize({
    ...request,
    tasks: [{ name: "t", numNodes: 1, resources: { kind: "set", alternatives: [wish] } }],
  });
  return found.kind === "plan" ? found : null;
}

const quantity = fc.record({ value: fc.constantFrom(1, 2, 4, 7, 8, 16, 30, 64, 96), atLeast: fc.boolean() });
const wishes: fc.Arbitrary<Resources> = fc.record(
  {
    cpus: quantity,
    memory: quantity.map((wanted) => ({ ...wanted, value: wanted.value * 4, perCpu: false })),
    accelerator: fc.record({
      name: fc.constantFrom("T4", "A100", "H100", "L4", "V100", "A10G", "RTX4090", "tpu-v3-8"),
      count: fc.constantFrom(1, 2, 4, 8),
    }),
    useSpot: fc.boolean(),
    maxHourlyCost: fc.double({ min: 0.05, max: 60, noNaN: true }),
    cloud: fc.constantFrom("aws", "gcp", "azure", "lambda", "oci"),
    diskTier: fc.constantFrom("low", "high", "best"),
  },
  { requiredKeys: [] },
);

// Machines that test may be busy with other things.
setDefaultTimeout(120_000);

describe("core/optimizer over all prices", () => {
  test("dropping any wish never costs more", () => {
    fc.assert(
      fc.property(wishes, (wish) => {
        const strict = plan(wish);
        if (strict === null) return;
        for (const key of ["maxHourlyCost", "cloud", "diskTier"] as const) {
          const { [key]: _dropped, ...loose } = wish;
          const looser = plan(loose);
          expect({ wish, key, isDearer: looser === null || looser.costUsd > strict.costUsd + 1e-9 }).toEqual({
            wish,
            key,
            isDearer: false,
          });
        }
      }),
      { numRuns: 250 },
    );
  });

  test("the choice has what was asked for, at the price of its row", () => {
    fc.assert(
      fc.property(wishes, (wish) => {
        const chosen = plan(wish)?.tasks[0]?.chosen.candidate;
        if (chosen === undefined) return;
        const isSlice = chosen.instanceType === "TPU-VM";

        expect(chosen.cloud).toBe(wish.cloud ?? chosen.cloud);
        expect(chosen.useSpot).toBe(wish.useSpot === true);
        expect(chosen.priceUsdPerHour).toBeLessThanOrEqual(wish.maxHourlyCost ?? Number.POSITIVE_INFINITY);
        if (wish.accelerator !== undefined) expect(chosen.accelerator).toEqual(wish.accelerator);
        if (wish.cpus !== undefined && !isSlice)
          expect(wish.cpus.atLeast ? (chosen.cpus ?? 0) >= wish.cpus.value : chosen.cpus === wish.cpus.value).toBe(
            true,
          );
        if (wish.memory !== undefined && !isSlice)
          expect(
            wish.memory.atLeast ? (chosen.memoryGib ?? 0) >= wish.memory.value : chosen.memoryGib === wish.memory.value,
          ).toBe(true);
        const rows = (rowsByCloud.get(chosen.cloud) ?? []).filter(
          (row) =>
            row.instanceType === chosen.instanceType &&
            row.region === chosen.region &&
            (chosen.zone === null || row.zone === chosen.zone),
        );
        expect(rows.length).toBeGreaterThan(0);
        if (rows[0]?.accelerator === null && chosen.accelerator !== null) return;
        expect(
          rows.some(
            (row) =>
              Math.abs(((chosen.useSpot ? row.spotPrice : row.price) ?? Number.NaN) - chosen.priceUsdPerHour) < 1e-6,
          ),
        ).toBe(true);
      }),
      { numRuns: 250 },
    );
  });

  test("the plan is the head of the list of offers", () => {
    fc.assert(
      fc.property(wishes, (wish) => {
        const chosen = plan(wish);
        const list = listOffers(base, {
          task: { name: "t", numNodes: 1, resources: { kind: "set", alternatives: [wish] } },
          limit: 1,
        });

        expect("kind" in list ? null : list.offers[0]?.costUsd).toBe(chosen?.costUsd ?? null);
      }),
      { numRuns: 150 },
    );
  });

  test("a blocked region, zone or cloud is never chosen", () => {
    fc.assert(
      fc.property(wishes, fc.constantFrom("cloud", "region", "zone", "instanceType"), (wish, reach) => {
        const first = plan(wish)?.tasks[0]?.chosen.candidate;
        if (first === undefined || first[reach] === null) return;
        const blocked = [{ cloud: first.cloud, ...(reach === "cloud" ? {} : { [reach]: first[reach] }) }];

        const second = plan(wish, { ...base, blocked })?.tasks[0]?.chosen.candidate;

        expect(second === undefined || second.cloud !== first.cloud || second[reach] !== first[reach]).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  test("the earliest finish of entangled graphs is found within ten seconds each, also on a busy machine", () => {
    const kinds: readonly Resources[] = [
      { cpus: { value: 8, atLeast: true } },
      { accelerator: { name: "T4", count: 1 } },
      { accelerator: { name: "A100", count: 1 } },
      { accelerator: { name: "V100|L4|T4", count: 1 } },
    ];
    for (const [seed, count, reach] of [
      [5, 20, 4],
      [6, 30, 8],
      [7, 40, 4],
    ] as const) {
      const chance = seeded(seed);
      const tasks = Array.from({ length: count }, (_, index) => ({
        name: `t${index}`,
        numNodes: 1,
        outputsGb: oneOf(chance, [0, 10, 200, 3000]),
        runtimeSeconds: {
          cpu: 3600 * chance(),
          T4: 5000 * chance(),
          A100: 1000,
          V100: 3000 * chance(),
          L4: 2500 * chance(),
        },
        resources: { kind: "set" as const, alternatives: [kinds[upTo(chance, 3)] ?? {}] },
      }));
      const edges = tasks.flatMap((_, to) =>
        Array.from({ length: Math.min(to, reach) }, (_unused, back): [number, number] => [to - 1 - back, to]).filter(
          () => chance() < 0.4,
        ),
      );

      const start = performance.now();
      const found = optimize({ ...base, target: "time", tasks, edges });

      expect(found.kind).toBe("plan");
      expect(performance.now() - start).toBeLessThan(10_000);
    }
  });

  test("a graph of thirty tasks that may run anywhere is planned within five seconds, also on a busy machine", () => {
    const kinds: readonly Resources[] = [
      { cpus: { value: 8, atLeast: true } },
      { accelerator: { name: "T4", count: 1 } },
      { accelerator: { name: "A100", count: 1 } },
    ];
    const tasks = Array.from({ length: 30 }, (_, index) => ({
      name: `t${index}`,
      numNodes: 1,
      outputsGb: [1, 20, 200, 0, 2000][index % 5] ?? 1,
      runtimeSeconds: [900, 3600, 7200][index % 3] ?? 3600,
      resources: { kind: "set" as const, alternatives: [kinds[index % 3] ?? {}] },
    }));
    const edges = tasks.slice(1).flatMap((_, at): [number, number][] => [
      [at, at + 1],
      [Math.max(0, at - 3), at + 1],
    ]);

    const start = performance.now();
    const found = optimize({ ...base, tasks, edges });

    expect(found.kind).toBe("plan");
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
