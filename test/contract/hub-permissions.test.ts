// Who may do what on the hub: every action that must be refused is tried with an ordinary client against a real server.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { NatsConnection } from "nats";
import { clusterStatusRow } from "#controller/ports/cluster-status.ts";
import { EVENT_STREAM, MONITOR_DOMAIN, STATE_BUCKET, hubSubjects } from "#shared/wire/subjects.ts";
import type { MonitorAccess } from "#controller/ports/monitors.ts";
import { credentialsFile, deriveKey, signClaims } from "#controller/adapters/nats/nkeys.ts";
import { realClock } from "#shared/clock.ts";
import { readFileSync } from "node:fs";
import { hubBench, type FakeHead, type HubBench } from "./hub-harness.ts";
import { eventually } from "./helps.ts";

// Real processes on a busy machine.
setDefaultTimeout(30_000);

let bench: HubBench;
let head: FakeHead;
let other: FakeHead;
let monitor: NatsConnection;
let access: MonitorAccess;

beforeAll(async () => {
  bench = await hubBench();
  let watcher;
  [head, other, watcher] = await Promise.all([bench.head("alpha-1"), bench.head("beta-2"), bench.monitor()]);
  monitor = watcher.connection;
  access = watcher.access;
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
async function watch(
  client: NatsConnection,
  subject: string,
  provoke: () => Promise<unknown>,
): Promise<{ seen: number; refused: boolean }> {
  let seen = 0;
  let refused = false;
  const subscription = client.subscribe(subject, {
    callback: (error) => (error === null ? (seen += 1) : (refused = true)),
  });
  await client.flush();
  await provoke();
  await client.flush();
  subscription.unsubscribe();
  return { seen, refused };
}

async function provokeEverything(): Promise<void> {
  await bench.hub.agents.call("alpha-1", "state", {}, { timeoutMs: 2_000 });
  await bench.records.appendOwn(
    "alpha-1",
    "alpha",
    clusterStatusRow("alpha-1", { state: "UP", reason: null }, Date.now()),
  );
  await bench.hub.published();
}

describe("a cluster", () => {
  let account = "";
  beforeAll(async () => {
    const { credentials } = await bench.hub.agents.enroll("alpha-1", ["n0"]);
    account = JSON.parse(Buffer.from(credentials.split("\n")[1]?.split(".")[1] ?? "", "base64url").toString())
      .iss as string;
  });

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
    "purge the account": () => `$JS.API.ACCOUNT.PURGE.${account}`,
    "push an account claim": () => "$SYS.REQ.CLAIMS.UPDATE",
    "write unasked to the controller's inbox": () => "_INBOX_ctl.any",
  };
  for (const [action, subject] of Object.entries(forbidden)) {
    test(`may not ${action}`, async () => {
      expect(await tryRequest(head.connection, subject())).toMatch(/permissions violation/i);
    });
  }

  for (const subject of [
    ">",
    "stix.>",
    "stix.v1.up.>",
    hubSubjects.rpc("beta-2", "state"),
    hubSubjects.allEvents,
    "_INBOX_ctl.>",
    "_INBOX_beta-2.>",
    "$KV.>",
    "$SYS.>",
  ]) {
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

describe("a cluster's answers", () => {
  test("go to its own inbox, and not where another cluster takes them for a command", async () => {
    const received: string[] = [];
    const listening = other.connection.subscribe("stix.v1.dn.beta-2.ev.>", {
      callback: (_, message) => void received.push(message.subject),
    });
    await other.connection.flush();

    for (const subject of [hubSubjects.eventBatch("alpha-1"), hubSubjects.register("alpha-1")])
      head.connection.publish(subject, "{}", { reply: "stix.v1.dn.beta-2.ev.x" });
    // In order on one connection: what was said before is done.
    await head.send(1, [{ type: "agent-started", run: 1, version: "0" }]);
    await tryRequest(head.connection, hubSubjects.register("alpha-1"), "{}");
    await other.connection.flush();
    listening.unsubscribe();

    expect(received).toEqual([]);
  });
});

describe("a monitor", () => {
  const forbidden: Readonly<Record<string, string>> = {
    "command a cluster": hubSubjects.rpc("alpha-1", "state"),
    "register a cluster": hubSubjects.register("alpha-1"),
    "forge an event": hubSubjects.clusterEvent("alpha-1", "cluster"),
    "write a snapshot": `$KV.${STATE_BUCKET}.cluster.alpha-1`,
    "delete the stream": `$JS.stix.API.STREAM.DELETE.${EVENT_STREAM}`,
    "purge the stream": `$JS.stix.API.STREAM.PURGE.${EVENT_STREAM}`,
    "change the stream": `$JS.stix.API.STREAM.UPDATE.${EVENT_STREAM}`,
    "delete an event": `$JS.stix.API.STREAM.MSG.DELETE.${EVENT_STREAM}`,
    "purge the bucket": `$JS.stix.API.STREAM.PURGE.KV_${STATE_BUCKET}`,
    "make a stream": "$JS.stix.API.STREAM.CREATE.mine",
    "ask the server about connections": "$SYS.REQ.SERVER.PING",
    "make a reader of the stream that the hub delivers to": `$JS.stix.API.CONSUMER.CREATE.${EVENT_STREAM}`,
    "make a named reader": `$JS.stix.API.CONSUMER.CREATE.${EVENT_STREAM}.mine`,
    "make a named reader with a filter": `$JS.stix.API.CONSUMER.CREATE.${EVENT_STREAM}.mine.stix.v1.ev.>`,
    "make a lasting reader": `$JS.stix.API.CONSUMER.DURABLE.CREATE.${EVENT_STREAM}.mine`,
    "make a reader of the bucket": `$JS.stix.API.CONSUMER.CREATE.KV_${STATE_BUCKET}`,
    "take a reader away": `$JS.stix.API.CONSUMER.DELETE.${EVENT_STREAM}.mon_other`,
    "read in another monitor's place": `$JS.stix.API.CONSUMER.MSG.NEXT.${EVENT_STREAM}.mon_other`,
  };
  for (const [action, subject] of Object.entries(forbidden)) {
    test(`may not ${action}`, async () => {
      for (const way of new Set([subject, subject.replace("$JS.stix.API.", "$JS.API.")]))
        expect(await tryRequest(monitor, way)).toMatch(/permissions violation/i);
    });
  }

  for (const subject of [
    ">",
    "stix.v1.dn.>",
    "stix.v1.up.*.ev",
    "stix.v1.up.*.register",
    "_INBOX_ctl.>",
    "_INBOX_alpha-1.>",
    "$SYS.>",
  ]) {
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

  test("reads every event from its own place in the stream, and goes on there", async () => {
    const client = await bench.dial(access);
    const all = async () =>
      (await bench.records.eventsAfter(0, 1_000)).map(({ cid, inc, seq }) => `${cid}.${inc}.${seq}`);
    const take = async (count: number) => {
      const consumer = await client.jetstream({ domain: MONITOR_DOMAIN }).consumers.get(EVENT_STREAM, access.consumer);
      const seen: string[] = [];
      for await (const message of await consumer.fetch({ max_messages: count, expires: 10_000 })) {
        seen.push(message.json<{ id: string }>().id);
        await message.ackAck();
      }
      return seen;
    };
    await bench.hub.published();

    const before = await all();
    expect(await take(before.length)).toEqual(before);
    await head.send(((await bench.records.find("alpha-1"))?.incarnation?.acked ?? 0) + 1, [
      { type: "node-lost", nid: "n1", reason: "silent" },
    ]);
    expect(await take(1)).toEqual((await all()).slice(before.length));
  });

  test("has no place for answers where others listen: not commands, not inboxes of the controller or of other monitors", async () => {
    const neighbour = await bench.monitor();
    const victims = [
      hubSubjects.rpc("alpha-1", "job.cancel"),
      "_INBOX_ctl.x.y",
      "_INBOX_alpha-1.x",
      hubSubjects.eventBatch("alpha-1"),
      "_INBOX_mon.x",
    ];
    const received: string[] = [];
    const listen = (client: NatsConnection, subject: string) =>
      client.subscribe(subject, { callback: (_, message) => void received.push(message.subject) });
    const listening = [
      listen(head.connection, "stix.v1.dn.alpha-1.>"),
      listen(head.connection, "_INBOX_alpha-1.>"),
      listen(neighbour.connection, "_INBOX_mon.>"),
    ];
    await Promise.all([head.connection.flush(), neighbour.connection.flush()]);
    const own = await monitor.request(`$JS.stix.API.STREAM.INFO.${EVENT_STREAM}`, "", { timeout: 2_000 });
    const applied = (await bench.records.find("alpha-1"))?.incarnation?.acked;

    for (const reply of victims) {
      for (const subject of [
        `$JS.stix.API.STREAM.INFO.${EVENT_STREAM}`,
        `$JS.stix.API.CONSUMER.INFO.${EVENT_STREAM}.${access.consumer}`,
        `$JS.stix.API.DIRECT.GET.KV_${STATE_BUCKET}.$KV.${STATE_BUCKET}.cluster.alpha-1`,
      ])
        monitor.publish(subject, "", { reply });
      monitor.publish(
        `$JS.stix.API.CONSUMER.MSG.NEXT.${EVENT_STREAM}.${access.consumer}`,
        JSON.stringify({ batch: 10, no_wait: true }),
        { reply },
      );
      monitor.publish(
        `$JS.stix.API.STREAM.MSG.GET.KV_${STATE_BUCKET}`,
        JSON.stringify({ last_by_subj: `$KV.${STATE_BUCKET}.cluster.alpha-1` }),
        { reply },
      );
    }
    // What was said after it is answered: the hub is through with it.
    await monitor.request(`$JS.stix.API.STREAM.INFO.${EVENT_STREAM}`, "", { timeout: 2_000 });
    await Promise.all([head.connection.flush(), neighbour.connection.flush()]);
    for (const subscription of listening) subscription.unsubscribe();

    expect(own.json<{ config: { name: string } }>().config.name).toBe(EVENT_STREAM);
    expect(received).toEqual([]);
    expect((await bench.records.find("alpha-1"))?.incarnation?.acked).toBe(applied);
  });

  test("cannot use up what others need: one place in the stream, few connections, bounded subscriptions", async () => {
    const before = (await monitor.request(`$JS.stix.API.STREAM.INFO.${EVENT_STREAM}`, "", { timeout: 2_000 })).json<{
      state: { consumer_count: number };
    }>().state.consumer_count;
    for (let made = 0; made < 250; made += 1)
      monitor.publish(`$JS.stix.API.CONSUMER.CREATE.${EVENT_STREAM}.c${made}`, "{}", { reply: "_INBOX_mon.c" });
    await monitor.flush();
    const after = (await monitor.request(`$JS.stix.API.STREAM.INFO.${EVENT_STREAM}`, "", { timeout: 2_000 })).json<{
      state: { consumer_count: number };
    }>().state.consumer_count;
    expect(after).toBe(before);
    expect(before).toBe((await bench.hub.monitors.list()).length);

    const greedy = await bench.monitor();
    const more = await Promise.allSettled(Array.from({ length: 20 }, () => bench.dial(greedy.access)));
    expect(more.filter(({ status }) => status === "fulfilled").length).toBeLessThan(8);
    const told = Promise.withResolvers<string>();
    void (async () => {
      for await (const status of greedy.connection.status()) told.resolve(status.type);
    })();
    for (let at = 0; at < 400; at += 1) greedy.connection.subscribe(`_INBOX_mon.${at}`, { callback: () => undefined });
    expect(await told.promise).toBe("error");
    await bench.hub.agents.call("alpha-1", "state", {}, { timeoutMs: 2_000 });
  });

  test("more credentials than there is room for, one name twice, a name that is none, and a life too long are refused in words", async () => {
    await bench.monitor({ name: "grafana" });

    await expect(bench.monitor({ name: "grafana" })).rejects.toThrow(/'grafana'/);
    await expect(bench.monitor({ name: "a b" })).rejects.toThrow(/'a b'/);
    for (const lifetimeMs of [0, 1_000, 400 * 86_400_000, Number.NaN])
      await expect(bench.monitor({ lifetimeMs })).rejects.toThrow(/at least a minute/);
    await expect(
      Promise.all(Array.from({ length: 40 }, () => bench.hub.monitors.create({ name: null, lifetimeMs: null }))),
    ).rejects.toThrow(/32 live credentials/);
    const live = (await bench.hub.monitors.list()).filter((one) => one.state === "LIVE");
    expect(live).toHaveLength(32);
    await bench.hub.monitors.revoke(
      live.filter((one) => one.name.startsWith("monitor-") && one.id !== access.consumer.slice(4)).map((one) => one.id),
    );
  });

  test("may read the snapshots, and see them change", async () => {
    const changes = monitor.subscribe(`$KV.${STATE_BUCKET}.>`, { max: 1 });
    await monitor.flush();
    await bench.records.appendOwn(
      "alpha-1",
      "name-of-alpha-1",
      clusterStatusRow("alpha-1", { state: "UP", reason: null }, Date.now()),
    );
    const bucket = await monitor.jetstream({ domain: MONITOR_DOMAIN }).views.kv(STATE_BUCKET, { bindOnly: true });

    for await (const change of changes) expect(change.subject).toBe(`$KV.${STATE_BUCKET}.cluster.alpha-1`);
    expect((await bucket.get("cluster.alpha-1"))?.json<{ cluster: string }>().cluster).toBe("name-of-alpha-1");
  });
});

describe("credentials of monitors end", () => {
  test("when they are taken back: open connections close, new ones are refused, others go on; also while the hub is away, and for good", async () => {
    await using own = await hubBench();
    const [kept, gone] = [await own.monitor({ name: "kept" }), await own.monitor({ name: "gone" })];

    expect(await own.hub.monitors.revoke(["gone"])).toEqual(["gone"]);

    await gone.connection.closed();
    await expect(own.dial(gone.access)).rejects.toThrow(/authorization|authentication/i);
    await kept.connection.flush();
    process.kill((await own.hub.status()).pid ?? 0, "SIGKILL");
    const answer = () =>
      own.dial(gone.access).then(
        () => "let in",
        (error: unknown) => String(error),
      );
    await eventually(async () => /authorization|authentication|let in/i.test(await answer()));
    expect(await answer()).toMatch(/authorization|authentication/i);
    await (await own.dial(kept.access)).flush();
    await own.restartController();
    await expect(own.dial(gone.access)).rejects.toThrow(/authorization|authentication/i);
    await (await own.dial(kept.access)).flush();
    expect((await own.hub.monitors.list()).map((one) => [one.name, one.state])).toEqual([
      ["gone", "REVOKED"],
      ["kept", "LIVE"],
    ]);
    await expect(own.hub.monitors.revoke(["nobody"])).rejects.toThrow(/'nobody'/);
    // The name is free again.
    await (await own.monitor({ name: "gone" })).connection.flush();
    await expect(own.dial(gone.access)).rejects.toThrow(/authorization|authentication/i);
  });

  test("when their time is over", async () => {
    // The controller's clock is behind the hub's: a minute of life is a few seconds there.
    const real = realClock();
    await using own = await hubBench({ clock: { ...real, now: () => real.now() - 56_000 } });
    const brief = await own.monitor({ lifetimeMs: 60_000 });

    await brief.connection.flush();
    await brief.connection.closed();

    await expect(own.dial(brief.access)).rejects.toThrow(/authorization|authentication|expired/i);
  });

  test("those that all monitors shared once, which never ended, are worth nothing", async () => {
    await using own = await hubBench();
    const { access: now } = await own.monitor();
    const secret = readFileSync(`${own.folder}/hub/keys/hub.key`);
    const account = deriveKey(secret, "account", "stix");
    const user = deriveKey(secret, "user", "monitor");
    const jwt = signClaims(
      {
        name: "monitor",
        subject: user.publicKey,
        issuedAt: 1_700_000_000,
        nats: { type: "user", pub: { allow: [">"] }, sub: { allow: [">"] }, subs: -1, data: -1, payload: -1 },
      },
      account,
    );

    await expect(own.dial({ ...now, credentials: credentialsFile(jwt, user.seed) })).rejects.toThrow(
      /authorization|authentication/i,
    );
  });
});
