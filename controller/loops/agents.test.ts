// Whom the loop tells where the hub is now.
import { describe, expect, test } from "bun:test";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { clusterStates } from "#shared/lifecycle/cluster.ts";
import { mustBeTold } from "./agents.ts";

const head = { nid: "n0" } as ClusterRecord["instances"][number];
const silent = { silentMs: 31_000, runningMs: 60_000, movedAgoMs: null, isTold: false };

describe("loops/agents", () => {
  test("who is silent is told, whatever its row says, unless its machines are switched off", () => {
    const told = clusterStates.filter((state) => mustBeTold({ cluster: { state, instances: [head] }, ...silent }));

    expect(told).toEqual(clusterStates.filter((state) => state !== "STOPPED"));
    expect(told).toContain("INIT");
    expect(mustBeTold({ cluster: { state: "INIT", instances: [] }, ...silent })).toBe(false);
  });

  test("who is heard, or was told, is not", () => {
    const cluster = { state: "UP", instances: [head] } as const;

    expect(mustBeTold({ cluster, ...silent, silentMs: 9_000 })).toBe(false);
    expect(mustBeTold({ cluster, ...silent, isTold: true })).toBe(false);
  });

  test("after a move those who were not heard since are told at once", () => {
    const cluster = { state: "UP", instances: [head] } as const;

    const moved = (movedAgoMs: number, silentMs: number | null) =>
      mustBeTold({ cluster, ...silent, movedAgoMs, silentMs });

    expect([moved(2_000, 3_000), moved(2_000, 1_000), moved(3_600_000, 29_000), moved(3_600_000, 30_000)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    // The server found at its start that the hub had to move.
    expect(moved(10, null)).toBe(true);
    expect(mustBeTold({ cluster, ...silent, silentMs: null, runningMs: 1_000 })).toBe(false);
  });
});
