// The optimizer against a twin that tries everything, and laws that hold for every market.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import {
  randomEdges,
  randomMarket,
  randomTask,
  seeded,
  tryEverything,
  upTo,
  type Market,
} from "#test/random-market.ts";
import { optimize } from "./optimize.ts";
import type { OptimizeRequest, Target } from "./request.ts";

const CASES = 6000;

function randomRequest(seed: number, target: Target): { request: OptimizeRequest; market: Market } {
  const chance = seeded(seed * 2_654_435_761);
  const market = randomMarket(chance);
  const count = 1 + upTo(chance, 3);
  const tasks = Array.from({ length: count }, (_, index) => randomTask(chance, market, index));
  return {
    market,
    request: {
      tasks,
      edges: randomEdges(chance, count, chance() < 0.4),
      enabledClouds: market.clouds,
      target,
      view: market.view,
    },
  };
}

// Machines that test may be busy with other things.
setDefaultTimeout(120_000);

describe("core/optimizer/optimize", () => {
  test(`finds exactly the least cost of ${CASES} random chains and graphs`, () => {
    let planned = 0;
    for (let seed = 0; seed < CASES; seed += 1) {
      const { request, market } = randomRequest(seed, "cost");

      const plan = optimize(request);

      const best = tryEverything(request, market);
      if (best === null) {
        expect({ seed, kind: plan.kind }).toEqual({ seed, kind: "infeasible" });
        continue;
      }
      planned += 1;
      expect({ seed, usd: plan.kind === "plan" ? Math.round(plan.costUsd * 1e9) : plan.message }).toEqual({
        seed,
        usd: Math.round(best.usd * 1e9),
      });
    }
    expect(planned).toBeGreaterThan(CASES / 2);
  });

  test("finds exactly the earliest finish of 2000 random chains and graphs", () => {
    for (let seed = 0; seed < 2000; seed += 1) {
      const { request, market } = randomRequest(seed, "time");

      const plan = optimize(request);

      const best = tryEverything(request, market);
      if (best === null) {
        expect({ seed, kind: plan.kind }).toEqual({ seed, kind: "infeasible" });
        continue;
      }
      expect({ seed, seconds: plan.kind === "plan" ? plan.seconds.toFixed(6) : plan.message }).toEqual({
        seed,
        seconds: best.seconds.toFixed(6),
      });
    }
  });

  test("taking a cloud away never makes a plan cheaper", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        const { request } = randomRequest(seed, "cost");
        const fewer = request.enabledClouds.slice(1);

        const all = optimize(request);
        const less = optimize({ ...request, enabledClouds: fewer });

        // A named cloud that is gone leaves a task's other alternatives, so only then may it stay possible.
        if (less.kind !== "plan") return;
        expect(all.kind).toBe("plan");
        if (all.kind === "plan") expect(all.costUsd).toBeLessThanOrEqual(less.costUsd + 1e-9);
      }),
      { numRuns: 500 },
    );
  });

  test("a looser request never costs more", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.constantFrom("cpus", "memory", "maxHourlyCost", "cloud"), (seed, key) => {
        const { request } = randomRequest(seed, "cost");
        const loose = request.tasks.map((task) => ({
          ...task,
          resources: {
            kind: task.resources.kind,
            alternatives: task.resources.alternatives.map((wish) =>
              Object.fromEntries(Object.entries(wish).filter(([name]) => name !== key)),
            ),
          },
        }));

        const strict = optimize(request);
        const looser = optimize({ ...request, tasks: loose });

        if (strict.kind !== "plan") return;
        expect(looser.kind).toBe("plan");
        if (looser.kind === "plan") expect(looser.costUsd).toBeLessThanOrEqual(strict.costUsd + 1e-9);
      }),
      { numRuns: 500 },
    );
  });

  test("a blocked offer is never chosen, and blocking ends after finitely many offers", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        const { request } = randomRequest(seed, "cost");
        const single = { ...request, tasks: request.tasks.slice(0, 1), edges: [] };
        const blocked: { cloud: string; region: string; instanceType: string; zone?: string; useSpot: boolean }[] = [];
        let before = 0;

        for (let round = 0; round < 100; round += 1) {
          const plan = optimize({ ...single, blocked });
          if (plan.kind !== "plan") return;
          const chosen = plan.tasks[0]?.chosen.candidate;
          if (chosen === undefined) throw new Error("a plan without a task");
          expect(
            blocked.some(
              (one) =>
                one.cloud === chosen.cloud &&
                one.region === chosen.region &&
                one.instanceType === chosen.instanceType &&
                one.useSpot === chosen.useSpot &&
                (one.zone === undefined || one.zone === chosen.zone),
            ),
          ).toBe(false);
          expect(plan.costUsd).toBeGreaterThanOrEqual(before - 1e-9);
          before = plan.costUsd;
          blocked.push({
            cloud: chosen.cloud,
            region: chosen.region,
            instanceType: chosen.instanceType,
            useSpot: chosen.useSpot,
            ...(chosen.zone === null ? {} : { zone: chosen.zone }),
          });
        }
        throw new Error("blocking did not end");
      }),
      { numRuns: 300 },
    );
  });
});
