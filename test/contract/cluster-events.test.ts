// Every change of a cluster's state reaches those who watch, once: also when the server dies between the change and the telling.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createClusterStore } from "#controller/adapters/db/stores/cluster-store.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { EVENT_STREAM, MONITOR_DOMAIN } from "#shared/wire/subjects.ts";
import { hubBench, type HubBench } from "./hub-harness.ts";

setDefaultTimeout(120_000);

let bench: HubBench;
beforeAll(async () => {
  bench = await hubBench();
});
afterAll(async () => await bench[Symbol.asyncDispose]());

// What is older than a week is not told again.
const now = Date.now();

const row: ClusterRecord = {
  cid: "c-1",
  name: "c",
  state: "INIT",
  userHash: "u",
  userName: "ana",
  workspace: "default",
  nodeCount: 1,
  placement: null,
  resources: {},
  instances: [],
  autostop: null,
  everUp: false,
  madeBy: "r",
  launchedAt: now,
  statusUpdatedAt: now,
  lastUse: "",
  lastCreationYaml: null,
  lastCreationCommand: null,
  configHash: null,
  headPaths: null,
  removedAt: null,
};

/** States and reasons that stand in the stream that monitors read, in order. */
async function published(cid: string): Promise<string[]> {
  await bench.hub.published();
  const { connection, access } = await bench.monitor();
  const consumer = await connection.jetstream({ domain: MONITOR_DOMAIN }).consumers.get(EVENT_STREAM, access.consumer);
  const told: string[] = [];
  if ((await consumer.info()).num_pending > 0)
    for await (const message of await consumer.consume()) {
      const event = message.json<{ cid: string; type: string; state: string; reason: string }>();
      if (event.cid === cid && event.type === "cluster-status") told.push(`${event.state}: ${event.reason}`);
      if (message.info.pending === 0) break;
    }
  await connection.close();
  return told;
}

test("each kind of change is published once, and what changed nothing is not", async () => {
  const clusters = createClusterStore(bench.database);
  await clusters.insert(row);
  await clusters.step("c-1", { event: "make", reason: "its machines are made", at: now + 2 });
  await clusters.step("c-1", { event: "well", reason: "all nodes run", at: now + 3 });
  await clusters.step("c-1", { event: "stop", from: ["INIT"], reason: "refused", at: now + 4 });
  await clusters.step("c-1", { event: "stop", reason: "stopped by ana", at: now + 5 });
  await clusters.step("c-1", { event: "start", reason: "it is being started", at: now + 6 });
  await clusters.step("c-1", { event: "autostop", reason: "idle", at: now + 7 });
  await clusters.change("c-1", { lastUse: "exec" });
  await clusters.markRemoved("c-1", now + 8, "taken down", null);
  await clusters.markRemoved("c-1", now + 9, "taken down", null);

  expect(await published("c-1")).toEqual([
    "INIT: the cluster is being made",
    "UP: all nodes run",
    "STOPPED: stopped by ana",
    "INIT: it is being started",
    "AUTOSTOPPING: idle",
    "TERMINATED: taken down",
  ]);
});

test("a server that died after a change and before telling it is made up for by the next one", async () => {
  await createClusterStore(bench.database).insert({ ...row, cid: "d-1", name: "d" });
  await bench.hub.published();
  // From here on nobody publishes.
  await bench.hub[Symbol.asyncDispose]();
  await createClusterStore(bench.database).step("d-1", { event: "well", reason: "all nodes run", at: now + 3 });

  await bench.restartController();

  expect(await published("d-1")).toEqual(["INIT: the cluster is being made", "UP: all nodes run"]);
});
