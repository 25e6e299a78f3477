// A worker that vanishes, a worker that comes back, a bus that nobody may misuse, a cluster that is drained.
import { readProcess } from "#shared/os/proc.ts";
import { realClock, realRandom } from "#shared/clock.ts";
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openBusConnection } from "../bus/nats-client.ts";
import { createRig, type Rig } from "#test/skylet/rig.ts";

const LONG = 30_000;

async function untilNode(rig: Rig, nid: string, state: string): Promise<void> {
  for (;;) {
    const { nodes } = await rig.call("state", {});
    if (nodes.find((node) => node.nid === nid)?.state === state) return;
    await Bun.sleep(20);
  }
}

describe("a cluster of two nodes", () => {
  test(
    "a silent worker is lost: its job ends, the cluster goes on, and what it still runs is killed when it is back",
    async () => {
      await using rig = await createRig({ nodes: 2, env: { STIX_NODE_LOST_MS: "1500" } });
      await untilNode(rig, "n1", "UP");
      const [jid = 0] = await rig.submit({ numNodes: 2, run: "echo $$; sleep 1000" });
      await rig.waitFor(jid, (job) => job.state === "RUNNING");
      const pid = Number((await rig.readLog({ jid, rank: 1, waitMs: 2_000 })).text);

      await rig.nodes[1]?.kill();

      expect(await rig.waitFor(jid)).toMatchObject({
        state: "FAILED_DRIVER",
        reason: "worker1 does not answer any more",
      });
      expect(rig.controller.events).toContainEqual({
        type: "node-lost",
        nid: "n1",
        reason: "worker1 does not answer any more",
      });
      const [single = 0] = await rig.submit({ run: "true" });
      expect((await rig.waitFor(single)).state).toBe("SUCCEEDED");
      expect(readProcess(pid) !== null).toBe(true);
      const [gang = 0] = await rig.submit({ numNodes: 2, run: "true" });
      expect((await rig.waitFor(gang, (job) => job.reason !== null)).reason).toBe("waits for 2 nodes, 1 answer");

      rig.nodes[1]?.start();

      expect((await rig.waitFor(gang)).state).toBe("SUCCEEDED");
      while (readProcess(pid) !== null) await Bun.sleep(20);
    },
    LONG,
  );

  test(
    "a cancelled job is not CANCELLED while a node that ran it is silent",
    async () => {
      await using rig = await createRig({ nodes: 2 });
      await untilNode(rig, "n1", "UP");
      const [jid = 0] = await rig.submit({ numNodes: 2, run: "sleep 1000" });
      await rig.waitFor(jid, (job) => job.state === "RUNNING");
      await rig.nodes[1]?.kill();

      expect(await rig.call("job.cancel", { jids: [jid], userHash: null, waitMs: 1_500 })).toEqual({
        cancelled: [],
        pending: [jid],
      });
      rig.nodes[1]?.start();

      expect((await rig.waitFor(jid)).state).toBe("CANCELLED");
    },
    LONG,
  );

  test(
    "a worker's restart of its machine ends the job that ran there",
    async () => {
      await using rig = await createRig({ nodes: 2, start: false });
      for (const node of rig.nodes) node.start({ STIX_BOOT_ID: "one" });
      await untilNode(rig, "n1", "UP");
      const [jid = 0] = await rig.submit({ numNodes: 2, run: "sleep 1000" });
      await rig.waitFor(jid, (job) => job.state === "RUNNING");

      await rig.nodes[1]?.kill();
      rig.nodes[1]?.start({ STIX_BOOT_ID: "two" });

      expect(await rig.waitFor(jid)).toMatchObject({
        state: "FAILED_DRIVER",
        reason: "worker1 was restarted while the job ran on it",
      });
    },
    LONG,
  );

  test(
    "a worker can speak for itself, but neither command nor be another",
    async () => {
      await using rig = await createRig({ nodes: 3 });
      await untilNode(rig, "n1", "UP");
      await untilNode(rig, "n2", "UP");
      const { bus } = JSON.parse(readFileSync(join(rig.head.dir, "node.json"), "utf8")) as {
        bus: { host: string; port: number };
      };
      const connectAs = (seed: string, prefix: string, signal: AbortSignal) =>
        openBusConnection(
          {
            servers: [`${bus.host}:${bus.port}`],
            inboxPrefix: prefix,
            name: "test",
            auth: { seed },
            ca: null,
            time: realClock(),
            random: realRandom(),
            onConnected: () => {},
            onDisconnected: () => {},
          },
          signal,
        );
      const worker = await connectAs(
        readFileSync(join(rig.nodes[1]?.dir ?? "", "bus.seed"), "utf8"),
        "_INBOX_n1",
        AbortSignal.timeout(5_000),
      );

      // Each of them would be answered if it arrived: the head confirms an end, a worker refuses a method it does not know.
      const notice = new TextEncoder().encode(
        JSON.stringify({ v: 1, key: { jid: 999, attempt: 1, phase: "run", index: 0 }, exitCode: 0 }),
      );
      const reached: string[] = [];
      for (const subject of ["bus.v1.up.n1.exit", "bus.v1.up.n2.exit", "bus.v1.dn.n2.rpc.nothing"]) {
        await worker.request(subject, notice, 300).then(
          () => reached.push(subject),
          () => {},
        );
      }
      await worker.close();

      expect(reached).toEqual(["bus.v1.up.n1.exit"]);
      expect((await rig.call("state", {})).nodes.map((node) => node.state)).toEqual(["UP", "UP", "UP"]);
    },
    LONG,
  );

  test(
    "drain ends every job and takes no new one, until the node is started again",
    async () => {
      await using rig = await createRig({ env: { STIX_BOOT_ID: "one" } });
      const jids = await rig.submit({ run: "sleep 1000" }, 6);
      await rig.waitFor(jids[0] ?? 0, (job) => job.state === "RUNNING");

      expect(await rig.call("drain", { waitMs: 10_000 }, 12_000)).toEqual({ drained: true });
      await expect(rig.submit()).rejects.toThrow("not-ready");
      await rig.head.kill();
      rig.head.start({ STIX_BOOT_ID: "one" });
      await expect(rig.submit()).rejects.toThrow("not-ready");
      await rig.head.kill();
      rig.head.start({ STIX_BOOT_ID: "two" });
      const [next = 0] = await rig.submit();

      expect((await rig.waitFor(next)).state).toBe("SUCCEEDED");
      // Nobody cancelled them.
      const ended = await Promise.all(jids.map((jid) => rig.waitFor(jid)));
      expect(ended.map(({ state, reason }) => [state, reason])).toEqual(
        jids.map(() => ["FAILED_DRIVER", "the cluster was stopped before the job ended"]),
      );
    },
    LONG,
  );
});
