// The pure rules about clusters: names, fit, refresh, texts.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CLUSTER_ID } from "#shared/wire/subjects.ts";
import { jobResources, resourcesShort, runTimestamp } from "./display.ts";
import { misfit, type ClusterShape } from "./fit.ts";
import { attemptKey, checkClusterName, clusterId } from "./names.ts";
import { explainNotUp, type NotUpFacts } from "./not-up.ts";
import { decideRefresh, type RefreshFacts } from "./refresh.ts";

const shape: ClusterShape = {
  nodeCount: 2,
  cloud: "aws",
  region: "us-east-1",
  zone: "us-east-1a",
  instanceType: "p3",
  useSpot: false,
  accelerator: { name: "V100", count: 4 },
};
const running = { state: "running", autostopped: null } as const;
function facts(change: Partial<RefreshFacts> = {}): RefreshFacts {
  return {
    state: "UP",
    nodeCount: 2,
    launchedAt: 0,
    isBusy: false,
    instances: [running, running],
    head: "well",
    lost: [],
    ...change,
  };
}

describe("core/cluster/names", () => {
  test("every good name makes an id that subjects can carry", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z]([-_.a-zA-Z0-9]{0,60}[a-zA-Z0-9])?$/), (name) => {
        checkClusterName(name);
        expect(clusterId(name, "abc123")).toMatch(CLUSTER_ID);
        for (const number of [1, 99, 12_345]) {
          const key = attemptKey(clusterId(name, "abc123"), number);
          expect(key).toMatch(/^[a-z0-9][a-z0-9-]{0,39}$/);
          expect(key).toEndWith(`abc123-${number}`);
        }
      }),
    );
  });

  test("bad names are refused", () => {
    for (const name of ["", "1a", "a-", "-a", "a b", "ä", "a/b"])
      expect(() => checkClusterName(name)).toThrow("is not a name for a cluster");
  });
});

describe("core/cluster/fit", () => {
  test("what is not said fits; fewer devices and nodes fit", () => {
    expect(misfit({}, 1, shape)).toBeNull();
    expect(misfit({ accelerator: { name: "v100", count: 0.5 }, cloud: "AWS", useSpot: false }, 2, shape)).toBeNull();
    expect(misfit({ cpus: { value: 999, atLeast: true } }, 1, shape)).toBeNull();
  });

  test("what differs is named", () => {
    expect(misfit({}, 3, shape)).toBe("it has 2 nodes, the task asks for 3");
    expect(misfit({ cloud: "gcp" }, 1, shape)).toContain("it is on aws");
    expect(misfit({ region: "eu" }, 1, shape)).toContain("region");
    expect(misfit({ instanceType: "m6" }, 1, shape)).toContain("p3");
    expect(misfit({ useSpot: true }, 1, shape)).toBe("it is not on spot machines");
    expect(misfit({ accelerator: { name: "V100", count: 8 } }, 1, shape)).toContain("V100:4");
    expect(misfit({ accelerator: { name: "A100", count: 1 } }, 1, shape)).toContain("A100:1");
    expect(misfit({ accelerator: { name: "A100", count: 1 } }, 1, { ...shape, accelerator: null })).toBe(
      "it has no A100",
    );
  });
});

describe("core/cluster/refresh", () => {
  test("all well and UP: nothing to do", () => {
    expect(decideRefresh(facts(), 1)).toEqual({ do: "nothing" });
    expect(decideRefresh(facts({ state: "INIT" }), 1)).toMatchObject({ do: "step", to: "UP" });
  });

  test("no machines: removed, but not while it is young or worked on", () => {
    expect(decideRefresh(facts({ instances: [], head: "silent" }), 1)).toMatchObject({ do: "remove" });
    expect(decideRefresh(facts({ instances: [], head: "unasked" }), 1)).toMatchObject({ do: "remove" });
    expect(decideRefresh(facts({ instances: [], state: "INIT", launchedAt: 1_000 }), 2_000)).toEqual({ do: "nothing" });
    expect(decideRefresh(facts({ instances: [], state: "INIT", head: "silent" }), 100_000)).toMatchObject({
      do: "remove",
    });
    expect(decideRefresh(facts({ instances: [], isBusy: true }), 1)).toEqual({ do: "nothing" });
  });

  test("a cluster whose head answers is not gone because its cloud lists none of its machines", () => {
    for (const state of ["INIT", "UP"] as const)
      expect(decideRefresh(facts({ instances: [], state, head: "well" }), 1_000_000)).toEqual({ do: "nothing" });
  });

  test("a cluster that stopped or removed itself", () => {
    const stopped = { state: "stopped", autostopped: "stop" } as const;
    expect(
      decideRefresh(facts({ instances: [stopped, { state: "stopped", autostopped: null }], head: "unasked" }), 1),
    ).toMatchObject({ do: "step", to: "STOPPED", reason: "it was idle and stopped itself" });
    expect(
      decideRefresh(facts({ instances: [{ state: "dead", autostopped: "down" }], head: "unasked" }), 1),
    ).toMatchObject({ do: "finish-down" });
    expect(decideRefresh(facts({ head: "autostopping" }), 1)).toMatchObject({ do: "step", to: "AUTOSTOPPING" });
  });

  test("a node that runs but does not answer its head is INIT and named", () => {
    expect(decideRefresh(facts({ lost: ["n1"] }), 1)).toEqual({
      do: "step",
      event: "hurt",
      to: "INIT",
      reason: "worker1 does not answer",
    });
    expect(decideRefresh(facts({ state: "INIT", lost: ["n1", "n3"] }), 1)).toEqual({ do: "nothing" });
  });

  test("a lost node or a silent head is INIT, never removed", () => {
    expect(decideRefresh(facts({ instances: [running, { state: "dead", autostopped: null }] }), 1)).toMatchObject({
      do: "step",
      to: "INIT",
    });
    expect(decideRefresh(facts({ head: "silent" }), 1)).toMatchObject({ do: "step", to: "INIT" });
  });

  test("machines that exist are never forgotten, whatever the head says", () => {
    const instance = fc.record({
      state: fc.constantFrom("pending", "running", "stopping", "stopped", "dead" as const),
      autostopped: fc.constantFrom(null, "stop" as const),
    });
    fc.assert(
      fc.property(
        fc.array(instance, { minLength: 1, maxLength: 4 }),
        fc.constantFrom("well", "autostopping", "silent", "unasked" as const),
        fc.constantFrom("INIT", "UP", "AUTOSTOPPING", "STOPPED" as const),
        (instances, head, state) => {
          expect(decideRefresh(facts({ instances, head, state }), 1_000_000).do).not.toBe("remove");
        },
      ),
    );
  });
});

describe("core/cluster/not-up", () => {
  const not = (change: Partial<NotUpFacts>) =>
    explainNotUp({ name: "c", state: "INIT", everUp: true, maker: null, because: null, ...change });

  test("every refusal names the command that mends it", () => {
    expect(not({ state: "STOPPED" })).toEqual({ why: "", hint: "stix start c" });
    expect(not({ because: "worker1 does not answer" })).toEqual({
      why: "worker1 does not answer",
      hint: "stix start c",
    });
    expect(not({ everUp: false, maker: { id: "12345678-1234", name: "launch" } })).toEqual({
      why: "its launch is under way",
      hint: "stix api logs 12345678",
    });
    expect(not({ everUp: false })).toEqual({ why: "its launch did not end", hint: "stix down c" });
  });
});

describe("core/cluster/display", () => {
  test("texts of status and queue", () => {
    const placement = {
      instanceType: "very-long-type-name-x",
      useSpot: true,
      cpus: 2,
      memoryGib: 23.46,
      accelerator: null,
    };
    expect(resourcesShort(2, placement)).toBe("2x[spot](cpus=2, mem=23.5, very-long-ty..., ...)");
    expect(jobResources(1, null)).toBe("1x[CPU:1+]");
    expect(jobResources(2, { name: "V100", count: 0.5 })).toBe("2x[V100:0.5]");
    expect(runTimestamp(Date.UTC(2026, 0, 31, 10, 20, 30, 123), "00000f-rest")).toBe("sky-2026-01-31-10-20-30-123015");
  });
});
