// Which clusters are looked at when, and what may be removed, as tables and laws.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { clusterStates } from "#shared/lifecycle/cluster.ts";
import { decideLooks, sleptBetween, type WatchedCluster } from "./reconcile.ts";

const now = 1_000_000;
const aCluster = (more: Partial<WatchedCluster> = {}): WatchedCluster => ({
  cid: "c",
  state: "UP",
  isPlaced: true,
  looked: { at: now, tookMs: 1 },
  silentMs: 0,
  isNudged: false,
  ...more,
});

const table: [string, Partial<WatchedCluster>, "now" | number][] = [
  ["never looked at", { looked: null }, "now"],
  ["without a place", { looked: null, isPlaced: false }, 60_000],
  ["its head told of a change", { isNudged: true }, "now"],
  ["settled on a quick cloud", {}, 3_000],
  ["settled on a slow cloud", { looked: { at: now, tookMs: 400 } }, 20_000],
  ["settled on a very slow cloud", { looked: { at: now, tookMs: 60_000 } }, 60_000],
  ["settled on a slow cloud, its head silent", { looked: { at: now, tookMs: 400 }, silentMs: 31_000 }, 10_000],
  ["settled on a slow cloud, its head never heard", { looked: { at: now, tookMs: 400 }, silentMs: null }, 20_000],
  [
    "stopped on a slow cloud, silent of course",
    { state: "STOPPED", looked: { at: now, tookMs: 400 }, silentMs: 99_000 },
    20_000,
  ],
  ["half made on a slow cloud", { state: "INIT", looked: { at: now, tookMs: 400 } }, 10_000],
  ["stopping itself", { state: "AUTOSTOPPING", looked: { at: now, tookMs: 400 } }, 1_000],
];

describe("core/cluster/reconcile", () => {
  for (const [name, more, expected] of table) {
    test(`a cluster ${name} is looked at ${expected === "now" ? "now" : `within ${expected} ms`}`, () => {
      const plan = decideLooks([aCluster(more)], now);

      expect(plan).toEqual(
        expected === "now" ? { due: ["c"], nextAt: now + 60_000 } : { due: [], nextAt: now + expected },
      );
    });
  }

  test("many clusters are looked at less often, so that looking never takes more than a small part of the time", () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      aCluster({ cid: `c${index}`, looked: { at: now, tookMs: 5 } }),
    );

    expect(decideLooks(many, now)).toEqual({ due: [], nextAt: now + 25_000 });
  });

  test("whatever was planned as next is due then, and what has no place never is", () => {
    const cluster = fc.record({
      cid: fc.string({ minLength: 1, maxLength: 3 }),
      state: fc.constantFrom(...clusterStates),
      isPlaced: fc.boolean(),
      looked: fc.option(
        fc.record({ at: fc.integer({ min: now - 400_000, max: now }), tookMs: fc.integer({ min: 0, max: 10_000 }) }),
      ),
      silentMs: fc.option(fc.integer({ min: 0, max: 200_000 })),
      isNudged: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.uniqueArray(cluster, { selector: (one) => one.cid }), (clusters) => {
        const plan = decideLooks(clusters, now);
        const later = decideLooks(clusters, plan.nextAt);

        expect(plan.nextAt).toBeGreaterThan(now);
        expect(plan.nextAt).toBeLessThanOrEqual(now + 60_000);
        for (const cid of plan.due) expect(clusters.find((one) => one.cid === cid)).toMatchObject({ isPlaced: true });
        if (plan.nextAt < now + 60_000) expect(later.due.length).toBeGreaterThan(plan.due.length);
      }),
    );
  });

  test("a tick that comes half a minute late means that the machine slept", () => {
    expect([sleptBetween(now, now + 5_000), sleptBetween(now, now + 31_000)]).toEqual([false, true]);
  });
});
