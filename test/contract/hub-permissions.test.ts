// Who may do what on the hub: every action that must be refused is tried with an ordinary client against a real server.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { NatsConnection } from "nats";
import { EVENT_STREAM, STATE_BUCKET, hubSubjects } from "#shared/wire/subjects.ts";
import { hubBench, type FakeHead, type HubBench } from "./hub-harness.ts";
import { eventually } from "./provider-suite.ts";

// Real processes on a busy machine.
setDefaultTimeout(30_000);

let bench: HubBench;
let head: FakeHead;
let other: FakeHead;
let monitor: NatsConnection;

beforeAll(async () => {
  bench = await hubBench();
  [head, other, monitor] = await Promise.all([bench.head("alpha-1"), bench.head("beta-2"), bench.monitor()]);
  await head.send(1, [{ type: "agent-started", run: 1, version: "0" }]);
  await bench.hub.published();
});

afterAll(() => bench[Symbol.asyncDispose]());

/** "answered", or the reason the hub gave. */
async function tryRequest(client: NatsConnection, subject: string, body = ""): Promise<string> {
  try {
    await client.request(subject, body, { timeout: 700 });
    return "answered";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** How many messages a client sees on a subject while `provoke` makes some; a refused subscription sees none. */
async function watch(client: NatsConnection, subject: string, provoke: () => Promise<unknown>): Promise<{ seen: number; refused: boolean }> {
  let seen = 0;
  let refused = false;
  const subscription = client.subscribe(subject, { callback: (error) => (error === null ? (seen += 1) : (refused = true)) });
  await client.flush();
  await provoke();
  await client.flush();
  subscription.unsubscribe();
  return { seen, refused };
}

async function provokeEverything(): Promise<void> {
  await bench.hub.agents.call("alpha-1", "state", {}, { timeoutMs: 2_000 });
  await bench.hub.agents.publishClusterStatus("alpha-1", { clusterName: "alpha", state: "UP", reason: null });
  await bench.hub.published();
}

describe("a cluster", () => {
  const account = () => bench.hub.monitorCredentials().credentials.split("\n")[1] ?? "";
  const accountId = () => JSON.parse(Buffer.from(account().split(".")[1] ?? "", "base64url").toString()).iss as string;

  const forbidden: Readonly<Record<string, () => string>> = {
    "speak as another cluster": () => hubSubjects.eventBatch("beta-2"),
    "register as another cluster": () => hubSubjects.register("beta-2"),
    "send another cluster's heartbeat": () => hubSubjects.heartbeat("beta-2", "n0"),
    "forge an event for monitors": () => hubSubjects.clusterEvent("alpha-1", "cluster"),
    "command another cluster": () => hubSubjects.rpc("beta-2", "state"),
    "command itself": () => hubSubjects.rpc("alpha-1", "state"),
    "write a snapshot": () => `$KV.${STATE_BUCKET}.cluster.alpha-1`,
    "read the account": () => "$JS.API.INFO",
    "read the stream": () => `$JS.API.STREAM.INFO.${EVENT_STREAM}`,
    "delete the stream": () => `$JS.API.STREAM.DELETE.${EVENT_STREAM}`,
    "make a stream": () => "$JS.API.STREAM.CREATE.mine",
    "purge the account": () => `$JS.API.ACCOUNT.PURGE.${accountId()}`,
    "push an account claim": () => "$SYS.REQ.CLAIMS.UPDATE",
    "write unasked to the controller's inbox": () => "_INBOX_ctl.any",
  };
  for (const [action, subject] of Object.entries(forbidden)) {
    test(`may not ${action}`, async () => {
      expect(await tryRequest(head.connection, subject())).toMatch(/permissions violation/i);
    });
  }

  for (const subject of [">", "stix.>", "stix.v1.up.>", hubSubjects.rpc("beta-2", "state"), hubSubjects.allEvents, "_INBOX_ctl.>", "_INBOX_beta-2.>", "$KV.>", "$SYS.>"]) {
    test(`may not listen to ${subject}`, async () => {
      expect(await watch(head.connection, subject, provokeEverything)).toEqual({ seen: 0, refused: true });
    });
  }

  test("may answer what it was asked, and another cluster goes on undisturbed", async () => {
    const answer = await bench.hub.agents.call("beta-2", "state", {}, { timeoutMs: 2_000 });

    expect(answer.nodes).toHaveLength(1);
    expect(await other.send(1, [{ type: "agent-started", run: 1, version: "0" }])).toEqual({ ok: true, acked: 1 });
  });
});

describe("a monitor", () => {
  const forbidden: Readonly<Record<string, string>> = {
    "command a cluster": hubSubjects.rpc("alpha-1", "state"),
    "register a cluster": hubSubjects.register("alpha-1"),
    "forge an event": hubSubjects.clusterEvent("alpha-1", "cluster"),
    "write a snapshot": `$KV.${STATE_BUCKET}.cluster.alpha-1`,
    "delete the stream": `$JS.API.STREAM.DELETE.${EVENT_STREAM}`,
    "purge the stream": `$JS.API.STREAM.PURGE.${EVENT_STREAM}`,
    "change the stream": `$JS.API.STREAM.UPDATE.${EVENT_STREAM}`,
    "delete an event": `$JS.API.STREAM.MSG.DELETE.${EVENT_STREAM}`,
    "purge the bucket": `$JS.API.STREAM.PURGE.KV_${STATE_BUCKET}`,
    "make a stream": "$JS.API.STREAM.CREATE.mine",
    "ask the server about connections": "$SYS.REQ.SERVER.PING",
  };
  for (const [action, subject] of Object.entries(forbidden)) {
    test(`may not ${action}`, async () => {
      expect(await tryRequest(monitor, subject)).toMatch(/permissions violation/i);
    });
  }

  for (const subject of [">", "stix.v1.dn.>", "stix.v1.up.*.ev", "stix.v1.up.*.register", "_INBOX_ctl.>", "_INBOX_alpha-1.>", "$SYS.>"]) {
    test(`may not listen to ${subject}`, async () => {
      expect(await watch(monitor, subject, provokeEverything)).toEqual({ seen: 0, refused: true });
    });
  }

  test("sees events and heartbeats as they happen", async () => {
    const events: string[] = [];
    const beats: string[] = [];
    monitor.subscribe(hubSubjects.allEvents, { callback: (_, message) => void events.push(message.subject) });
    monitor.subscribe(hubSubjects.allHeartbeats, { callback: (_, message) => void beats.push(message.subject) });
    await monitor.flush();

    head.connection.publish(hubSubjects.heartbeat("alpha-1", "n0"), "{}");
    await head.send(2, [{ type: "node-up", nid: "n0" }]);

    await eventually(async () => events.includes("stix.v1.ev.alpha-1.node.n0") && beats.length === 1);
  });

  test("may watch and read the snapshots", async () => {
    const bucket = await monitor.jetstream().views.kv(STATE_BUCKET, { bindOnly: true });
    const keys = new Set<string>();

    for await (const entry of await bucket.watch({ initializedFn: () => void keys.add("(all)") })) {
      keys.add(entry.key);
      if (keys.has("cluster.alpha-1")) break;
    }

    expect((await bucket.get("cluster.alpha-1"))?.json<{ cluster: string }>().cluster).toBe("name-of-alpha-1");
  });
});
