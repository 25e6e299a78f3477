// Room on nodes: never more than there is, never lost, and found whenever a dumb search finds it.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { fit, releaseRoom, takeRoom } from "./fit.ts";
import { createHeadState, UNITS, type Demand, type HeadState, type Job, type Placement } from "./state.ts";

const demands = fc.record({
  numNodes: fc.integer({ min: 1, max: 3 }),
  cpuUnits: fc.constantFrom(0, 2_500, UNITS / 2, UNITS),
  deviceUnits: fc.constantFrom(0, 2_500, 5_000, 7_500, UNITS, 15_000, 2 * UNITS),
});

const asDemand = (wish: { numNodes: number; cpuUnits: number; deviceUnits: number }): Demand => ({
  specId: 1,
  name: null,
  user: "",
  userHash: "",
  hasSetup: false,
  hasRun: true,
  ...wish,
});

function clusterOf(nodes: number): HeadState {
  const state = createHeadState(
    Array.from({ length: nodes }, (_, index) => `n${index}`),
    { cpus: 2, deviceCount: 3 },
  );
  for (const node of state.nodes.values()) node.state = "UP";
  return state;
}

/** Could the node take it, by the meaning of the words: whole devices free, and another with room for the rest. */
function couldTake(free: readonly number[], units: number): boolean {
  const whole = free.filter((left) => left === UNITS).length;
  const rest = units % UNITS;
  const needed = Math.floor(units / UNITS);
  if (whole < needed) return false;
  const partly = free.filter((left) => left < UNITS && left >= rest).length;
  return rest === 0 || partly > 0 || whole > needed;
}

describe("queue/fit", () => {
  test("gives what is asked and there, takes it back whole, and refuses only what does not fit", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.tuple(demands, fc.boolean()), { maxLength: 30 }),
        (nodes, wishes) => {
          const state = clusterOf(nodes);
          const taken: Placement[][] = [];
          for (const [wish, giveBack] of wishes) {
            const demand = asDemand(wish);
            const able = [...state.nodes.values()].filter(
              (node) => node.freeCpuUnits >= demand.cpuUnits && couldTake(node.freeDeviceUnits, demand.deviceUnits),
            );
            const placements = fit(state, demand);
            expect(placements !== null).toBe(able.length >= demand.numNodes);
            if (placements !== null) {
              expect(new Set(placements.map(({ nid }) => nid)).size).toBe(demand.numNodes);
              for (const { devices } of placements)
                expect(devices.reduce((sum, [, units]) => sum + units, 0)).toBe(demand.deviceUnits);
              takeRoom(state, placements);
              taken.push(placements);
            }
            for (const node of state.nodes.values())
              expect(Math.min(node.freeCpuUnits, ...node.freeDeviceUnits)).toBeGreaterThanOrEqual(0);
            const last = giveBack ? taken.pop() : undefined;
            if (last !== undefined) releaseRoom(state, { placements: last } as Job);
          }
          for (const placements of taken) releaseRoom(state, { placements } as Job);
          for (const node of state.nodes.values())
            expect([node.freeCpuUnits, ...node.freeDeviceUnits]).toEqual([2 * UNITS, UNITS, UNITS, UNITS]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
