// What a machine of one's own can hold, and how it is told where it cannot.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { OwnOffer } from "#controller/providers/contract/place.ts";
import type { Resources, Task } from "#shared/task/task.ts";
import { fittedOffers, lackOf, refuseTooMuch } from "./own-machines.ts";

const machine: OwnOffer = {
  cloud: "local",
  region: "local",
  zone: null,
  instanceType: "local",
  cpus: 2,
  memoryGib: 8,
  nodesMax: 64,
  accelerator: { name: "V100", count: 4 },
  virtual: true,
  priceUsdPerHour: 0,
  declare: "X declares more",
};

function taskOf(wish: Resources, numNodes = 1): Task {
  return {
    numNodes,
    resources: { kind: "set", alternatives: [wish] },
    envs: {},
    secrets: {},
    secretReferences: [],
    fileMounts: {},
    storageMounts: {},
    volumes: {},
  };
}

function exactly(value: number) {
  return { value, atLeast: false, text: String(value) };
}

describe("operations/own-machines", () => {
  test.each<[string, Resources, number, string | null]>([
    ["nothing said: the whole machine", {}, 1, null],
    ["all of it, on every node", { cpus: exactly(2), memory: { ...exactly(8), perCpu: false } }, 64, null],
    ["more processors", { cpus: exactly(99_999) }, 1, "99999 vCPUs"],
    ["more memory", { memory: { ...exactly(9_999_999), perCpu: false } }, 1, "9999999 GB of memory"],
    [
      "more memory, said by processor",
      { cpus: exactly(2), memory: { ...exactly(5), perCpu: true } },
      1,
      "10 GB of memory",
    ],
    ["more nodes", {}, 1_000_000, "1000000 nodes"],
    ["more devices", { accelerator: { name: "v100", count: 8 } }, 1, "v100:8"],
    ["other devices", { accelerator: { name: "A100", count: 1 } }, 1, "A100:1"],
  ])("%s", (_what, wish, numNodes, lack) => {
    expect(lackOf(machine, wish, numNodes)).toBe(lack);
  });

  test("the refusal says what was asked, what is there, and how more is declared", () => {
    const asked = () => refuseTooMuch([machine], [taskOf({ cloud: "local", cpus: exactly(99_999) })], ["local", "aws"]);

    expect(asked).toThrow(
      "'local' has no 99999 vCPUs; it has 2 vCPUs, 8 GB of memory and V100:4 for each of at most 64 nodes",
    );
    expect(asked).toThrow(
      expect.objectContaining({
        code: "resources-unavailable",
        hint: "ask for less, or name another infra; X declares more",
      }),
    );
  });

  test("a task that names no cloud is refused only where no other could have it", () => {
    const tasks = [taskOf({ cpus: exactly(99) })];

    expect(() => refuseTooMuch([machine], tasks, ["local"])).toThrow("99 vCPUs");
    expect(() => refuseTooMuch([machine], tasks, ["local", "aws"])).not.toThrow();
    expect(() =>
      refuseTooMuch(
        [machine],
        [
          {
            ...taskOf({}),
            resources: { kind: "set", alternatives: [{ cloud: "local", cpus: exactly(99) }, { cloud: "local" }] },
          },
        ],
        ["local"],
      ),
    ).not.toThrow();
  });

  test("whatever is asked for, no offer has more than the machine", () => {
    const wishes = fc.record({
      cpus: fc.double({ min: 0.1, max: 100, noNaN: true }),
      memory: fc.double({ min: 0.1, max: 100, noNaN: true }),
      perCpu: fc.boolean(),
      count: fc.integer({ min: 0, max: 9 }),
      numNodes: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(wishes, ({ cpus, memory, perCpu, count, numNodes }) => {
        const wish: Resources = {
          cpus: exactly(cpus),
          memory: { ...exactly(memory), perCpu },
          ...(count > 0 && { accelerator: { name: "V100", count } }),
        };
        for (const offer of fittedOffers([machine], [taskOf(wish, numNodes)])) {
          expect(offer.cpus).toBeLessThanOrEqual(machine.cpus);
          expect(offer.memoryGib).toBeLessThanOrEqual(machine.memoryGib);
          expect(offer.accelerator?.count ?? 0).toBeLessThanOrEqual(4);
        }
      }),
    );
  });
});
