// A gang whose nodes do not answer is asked again and again, and never more often with time.
import { expect, test } from "bun:test";
import { createRunQueue } from "#skylet/queue/run-queue.ts";
import { createVirtualStore } from "./virtual-store.ts";
import { virtualTime } from "./virtual-time.ts";
import { createWorld } from "./virtual-world.ts";

test("nodes that are out of reach are asked about as often after a minute as at first", async () => {
  const world = createWorld(1);
  const nids = ["n0", "n1", "n2", "n3", "n4"];
  const askedAt: number[] = [];
  let isAway = false;
  const queue = createRunQueue({
    store: createVirtualStore(() => {}),
    nids,
    clock: { now: world.now },
    timers: virtualTime(world),
    log: () => {},
    bootId: "b",
    perNode: { cpus: 1, deviceCount: 0 },
    orderFacts: { clusterInfo: "{}", nodes: nids.map((nid) => ({ nid, ip: nid })) },
    hasRoom: () => true,
    onWritten: () => {},
    onFenced: () => {},
    onJobStarted: () => {},
    ask: (targets, ask) => {
      if (isAway) askedAt.push(...targets.map(() => world.now()));
      return new Map(
        targets.map((nid) => [
          nid,
          !isAway && ask.op === "reserve" ? { is: "ready", ok: true } : Promise.resolve(null),
        ]),
      );
    },
  });
  queue.begin(false, () => {});
  for (const nid of nids.slice(1)) queue.post({ f: "node-up", nid });
  const spec = {
    name: "t",
    user: "me",
    userHash: "x",
    numNodes: 5,
    cpus: 0.5,
    accelerator: null,
    setup: null,
    run: "r",
    envs: {},
    secrets: {},
    resourcesText: "",
    taskIdPrefix: "t",
    runTimestamp: "r",
    metadata: {},
  };
  void queue.submit({ idem: "k", specHash: "h", spec, copies: 1 });
  await world.run(1_000);
  isAway = true;
  await world.run(61_000);

  const inTheLast10s = askedAt.filter((at) => at > 51_000).length;
  expect(inTheLast10s).toBeGreaterThan(nids.length);
  expect(inTheLast10s).toBeLessThan(nids.length * 40);
}, 20_000);
