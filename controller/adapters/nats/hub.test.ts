// The hub with a real nats-server: registration, events once, calls, revocation, and life after kill -9.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect, credsAuthenticator } from "nats";
import { clusterStatusRow } from "#controller/ports/cluster-status.ts";
import type { ClusterEvent } from "#shared/wire/events.ts";
import { hubBench, request } from "#test/contract/hub-harness.ts";
import { eventually } from "#test/contract/helps.ts";
import { hubSubjects } from "#shared/wire/subjects.ts";
import { stopDaemon } from "./daemon.ts";

// Real processes on a busy machine.
setDefaultTimeout(30_000);

const call = { timeoutMs: 5_000 };
const submitted = (jid: number): ClusterEvent => ({
  type: "job-submitted",
  jid,
  name: `job ${jid}`,
  user: "ann",
  numNodes: 1,
});
const started: ClusterEvent = { type: "agent-started", run: 1, version: "0" };

describe("adapters/nats/hub", () => {
  test("a head registers, is waited for and answers", async () => {
    await using bench = await hubBench();
    const waiting = bench.hub.agents.waitForHead("alpha-1", 1, AbortSignal.timeout(10_000));
    const seen: unknown[] = [];

    await using _head = await bench.head("alpha-1", {
      answers: { ping: (params) => (seen.push(params["epoch"]), { nid: "n0", version: "0", run: 1 }) },
    });
    await waiting;
    const answer = await bench.hub.agents.call("alpha-1", "ping", {}, call);

    expect(answer).toEqual({ nid: "n0", version: "0", run: 1 });
    expect(seen).toEqual([(await bench.hub.status()).epoch]);
    expect((await bench.hub.status()).headsHeard).toBe(1);
  });

  test("a piece of a log arrives byte for byte, a refusal as its error", async () => {
    await using bench = await hubBench();
    const bytes = Buffer.from([0, 10, 255, 13, 10, 65]);
    const head = { off: 7, n: 6, size: 13, gen: 0, attempt: 1, eof: true };
    await using _head = await bench.head("alpha-1", {
      answers: {
        "log.read": (params) =>
          params["rank"] === 0
            ? new Uint8Array(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]))
            : { ok: false, error: { code: "job-not-found", message: "job 9 does not exist", hint: "stix queue" } },
      },
    });
    const ask = (rank: number) =>
      bench.hub.agents.readLog(
        "alpha-1",
        { jid: 9, stream: "run", rank, attempt: 0, off: 7, max: 100, waitMs: 0 },
        call,
      );

    const chunk = await ask(0);

    expect(chunk.head).toEqual(head);
    expect(Buffer.from(chunk.bytes)).toEqual(bytes);
    await expect(ask(1)).rejects.toMatchObject({ code: "job-not-found", hint: "stix queue" });
  });

  test("a cluster without a head is unreachable after the time allowed, not before and not much later", async () => {
    await using bench = await hubBench();
    await bench.hub.agents.enroll("alpha-1", ["n0"]);
    const begun = performance.now();

    const failure = bench.hub.agents.call("alpha-1", "ping", {}, { timeoutMs: 300 });

    await expect(failure).rejects.toMatchObject({
      code: "agent-unreachable",
      hint: "stix status --refresh name-of-alpha-1",
    });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(290);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  test("events are applied once, in order, without gaps, and only from the newest run", async () => {
    await using bench = await hubBench();
    const applied: number[] = [];
    bench.hub.onApplied((batch) => applied.push(...batch.rows.map((row) => row.seq)));
    await using head = await bench.head("alpha-1");

    const replies = [
      await head.send(1, [started, submitted(1)]),
      await head.send(1, [started, submitted(1), submitted(2)]),
      await head.send(5, [submitted(5)]),
      await head.send(4, [submitted(4)], { run: 0 }),
      await head.send(4, [submitted(4)], { inc: 2 }),
      await request(head.connection, hubSubjects.eventBatch("alpha-1"), { v: 1, inc: 1, run: 1, ev: "nonsense" }),
    ];

    expect(replies).toEqual([
      { ok: true, acked: 2 },
      { ok: true, acked: 3 },
      { ok: true, acked: 3 },
      { ok: false, error: "fenced" },
      { ok: false, error: "register-first" },
      { ok: false, error: "bad-request" },
    ]);
    expect((await bench.records.eventsAfter(0, 100)).map((event) => event.seq)).toEqual([1, 2, 3]);
  });

  test("a new database is a new incarnation and needs a fresh token; an old one is fenced", async () => {
    await using bench = await hubBench();
    await using first = await bench.head("alpha-1");
    await first.send(1, [started]);

    await using second = await bench.head("alpha-1", { dbId: "db-2" });
    const late = await first.send(2, [submitted(1)]);
    const fresh = await second.send(1, [started]);

    expect([first.inc, second.inc]).toEqual([1, 2]);
    expect(late).toEqual({ ok: false, error: "fenced" });
    expect(fresh).toEqual({ ok: true, acked: 1 });
    const registration = {
      v: 1,
      proto: [1, 1],
      version: "0",
      cid: "alpha-1",
      dbId: "db-3",
      inc: null,
      run: 1,
      bootId: "b",
      instanceId: "i",
      token: "guessed",
      nodes: ["n0"],
      ev: { first: 1, last: 0 },
    };
    expect(await request(second.connection, hubSubjects.register("alpha-1"), registration)).toMatchObject({
      error: "bad-token",
    });
    expect(
      await request(second.connection, hubSubjects.register("alpha-1"), { ...registration, proto: [7, 9] }),
    ).toMatchObject({ error: "too-new" });
  });

  test("a revoked cluster is thrown out and stays out, also after the hub was killed", async () => {
    await using bench = await hubBench();
    await using head = await bench.head("alpha-1");
    await using other = await bench.head("beta-2");
    const credentials = await bench.hub.agents.enroll("alpha-1", ["n0"]);
    expect(await verdictOn(credentials)).toBe("accepted");
    let isThrownOut = false;
    void head.connection.closed().then(() => (isThrownOut = true));
    void (async () => {
      for await (const status of head.connection.status()) isThrownOut ||= status.type === "disconnect";
    })();

    await Promise.all([bench.hub.agents.revoke("alpha-1"), bench.hub.agents.revoke("alpha-1")]);
    await eventually(async () => isThrownOut);
    expect(await verdictOn(credentials)).toBe("refused");
    const killed = (await bench.hub.status()).pid;
    process.kill(killed ?? 0, "SIGKILL");
    await eventually(async () => ![killed, null].includes((await bench.hub.status()).pid));

    expect(await verdictOn(credentials)).toBe("refused");
    await eventually(async () => (await other.send(1, [started]).catch(() => ({ ok: false })))["ok"] === true);
  }, 20_000);

  test("a hub that is killed comes back by itself at the same address and a call goes on", async () => {
    await using bench = await hubBench();
    await using _head = await bench.head("alpha-1", { answers: { ping: () => ({ nid: "n0", version: "0", run: 1 }) } });
    const before = await bench.hub.status();

    process.kill(before.pid ?? 0, "SIGKILL");
    const answer = await bench.hub.agents.call("alpha-1", "ping", {}, { timeoutMs: 10_000 });
    const after = await bench.hub.status();

    expect(answer.nid).toBe("n0");
    expect(after.endpoint).toBe(before.endpoint);
    expect(after.pid).not.toBe(before.pid);
  });

  test("the daemon outlives the controller, whose next start adopts it with a higher epoch", async () => {
    await using bench = await hubBench();
    const seen: unknown[] = [];
    await using _head = await bench.head("alpha-1", {
      answers: { ping: (params) => (seen.push(params["epoch"]), { nid: "n0", version: "0", run: 1 }) },
    });
    const before = await bench.hub.status();

    await bench.restartController();
    await bench.hub.agents.waitForHead("alpha-1", 1, AbortSignal.timeout(5_000));
    await bench.hub.agents.call("alpha-1", "ping", {}, call);

    expect((await bench.hub.status()).pid).toBe(before.pid);
    expect(seen[0]).toBeGreaterThan(before.epoch);
    // In seconds: the start after a lost database commands what was commanded before it.
    expect(before.epoch).toBeGreaterThan(1_700_000_000);
  });

  test("a hub whose record was lost in a crash is found and replaced, not doubled", async () => {
    await using bench = await hubBench();
    const before = (await bench.hub.status()).pid;
    await rm(`${bench.folder}/hub/daemon.json`);

    await bench.restartController();

    expect((await bench.hub.status()).pid).not.toBe(before);
    expect(existsSync(`/proc/${before}/exe`)).toBe(false);
  });

  test("monitors get every event once, and again with a notice when the hub lost its store", async () => {
    await using bench = await hubBench();
    await using head = await bench.head("alpha-1");
    await head.send(1, [
      started,
      submitted(1),
      { type: "job-state", jid: 1, state: "RUNNING", attempt: 1, exitCodes: null, reason: null },
    ]);
    await bench.records.appendOwn(
      "alpha-1",
      "alpha",
      clusterStatusRow("alpha-1", { state: "UP", reason: null }, Date.now()),
    );
    await bench.hub.published();
    const before = await replay(bench);

    await bench.hub[Symbol.asyncDispose]();
    await stopDaemon(`${bench.folder}/hub`);
    await rm(`${bench.folder}/hub/store`, { recursive: true });
    await bench.restartController();
    await bench.hub.published();
    const after = await replay(bench);

    expect(before.map((event) => event.id)).toEqual(["alpha-1.1.1", "alpha-1.1.2", "alpha-1.1.3", "alpha-1.0.1"]);
    expect(after.map((event) => event.type)).toEqual([
      "agent-started",
      "job-submitted",
      "job-state",
      "cluster-status",
      "stream-reset",
    ]);
    expect(await snapshot(bench, "job.alpha-1.1")).toMatchObject({
      state: "RUNNING",
      name: "job 1",
      user: "ann",
      cluster: "name-of-alpha-1",
    });
    expect(await snapshot(bench, "cluster.alpha-1")).toMatchObject({ state: "UP" });
  });

  test("a hub whose port another program took moves, and says so", async () => {
    await using bench = await hubBench();
    const before = bench.hub.endpoints();
    await bench.hub[Symbol.asyncDispose]();
    await stopDaemon(`${bench.folder}/hub`);
    const port = Number(new URL(before.endpoints[0] ?? "").port);
    const squatter = Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });

    await bench.restartController();
    const after = bench.hub.endpoints();
    await using _head = await bench.head("alpha-1", { answers: { ping: () => ({ nid: "n0", version: "0", run: 1 }) } });

    expect(after.gen).toBeGreaterThan(before.gen);
    expect(bench.hub.movedAgoMs()).toBeGreaterThanOrEqual(0);
    expect(after.endpoints).not.toEqual(before.endpoints);
    expect((await bench.hub.agents.call("alpha-1", "ping", {}, call)).nid).toBe("n0");
    squatter.stop(true);
  });

  for (const lost of ["", '{"port": 4', null]) {
    test(`a record of the port that ${lost === null ? "is gone" : `holds '${lost}'`} costs no address, and no cluster its way`, async () => {
      await using bench = await hubBench();
      const before = bench.hub.endpoints();
      await bench.hub[Symbol.asyncDispose]();
      await stopDaemon(`${bench.folder}/hub`);
      if (lost === null) await rm(`${bench.folder}/hub/port.json`);
      else await writeFile(`${bench.folder}/hub/port.json`, lost);

      await bench.restartController();

      expect(bench.hub.endpoints().endpoints).toEqual(before.endpoints);
      // Heads believe the highest they have seen.
      expect(bench.hub.endpoints().gen).toBeGreaterThanOrEqual(before.gen);
    });
  }

  test("a hub's key that is cut short, or cannot be read, is named and not replaced", async () => {
    await using bench = await hubBench();
    const path = `${bench.folder}/hub/keys/hub.key`;
    const whole = await readFile(path);
    for (const damaged of [whole.subarray(0, 12), new Uint8Array(), Buffer.concat([whole, whole])]) {
      await writeFile(path, damaged);

      await expect(bench.restartController()).rejects.toMatchObject({
        code: "damaged-file",
        message: expect.stringContaining(path),
        hint: expect.stringMatching(/mv '.*hub\.key'.*stix start/),
      });

      expect(Buffer.compare(await readFile(path), Buffer.from(damaged))).toBe(0);
    }
    await rm(path);
    await mkdir(path);
    await expect(bench.restartController()).rejects.toThrow();
    await rm(path, { recursive: true });
    await writeFile(path, whole);
    await bench.restartController();
  });

  test("a fixed port that another program has is one clear error", async () => {
    const squatter = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });

    const failure = hubBench({ port: squatter.port });

    await expect(failure).rejects.toMatchObject({
      code: "port-in-use",
      hint: expect.stringContaining(String(squatter.port)),
    });
    squatter.stop(true);
  });

  test("a crash between publishing and remembering it doubles nothing in the stream", async () => {
    await using bench = await hubBench();
    await using head = await bench.head("alpha-1");
    await head.send(1, [started, submitted(1), submitted(2)]);
    await bench.hub.published();
    const mark = await bench.records.publishMark();

    await bench.records.savePublishMark({ ...mark, eventId: 1, streamSeq: 1 });
    await bench.restartController();
    await head.send(4, [submitted(3)]);
    await bench.hub.published();

    expect(mark).toMatchObject({ eventId: 3, streamSeq: 3 });
    expect((await replay(bench)).map((event) => event.id)).toEqual([1, 2, 3, 4].map((seq) => `alpha-1.1.${seq}`));
    expect(await bench.records.publishMark()).toMatchObject({ eventId: 4, streamSeq: 4 });
  });

  test("enrolling again gives the same identity, a used boot token gives way to the next", async () => {
    await using bench = await hubBench();
    const first = await bench.hub.agents.enroll("alpha-1", ["n0", "n1"]);
    const second = await bench.hub.agents.enroll("alpha-1", ["n0", "n1"]);
    await using _head = await bench.head("alpha-1");
    const third = await bench.hub.agents.enroll("alpha-1", ["n0", "n1"]);

    expect(second.busKeys).toEqual(first.busKeys);
    expect([second.bootToken, second.busPort, third.busPort]).toEqual([first.bootToken, first.busPort, first.busPort]);
    expect(third.bootToken).not.toBe(first.bootToken);
    expect(first.busKeys["n1"]?.seed.startsWith("SU")).toBe(true);
  });
});

type Bench = Awaited<ReturnType<typeof hubBench>>;

/** What the hub says to these credentials; a connection that broke before it said anything is made again. */
async function verdictOn(access: {
  endpoints: readonly string[];
  credentials: string;
}): Promise<"accepted" | "refused"> {
  for (;;) {
    try {
      const connection = await connect({
        servers: access.endpoints[0] ?? "",
        authenticator: credsAuthenticator(new TextEncoder().encode(access.credentials)),
        maxReconnectAttempts: 0,
        timeout: 2_000,
      });
      await connection.close();
      return "accepted";
    } catch (error) {
      if (/authorization|authentication/i.test(String(error))) return "refused";
      await Bun.sleep(10);
    }
  }
}

async function replay(bench: Bench): Promise<{ id: string; type: string }[]> {
  const { connection: monitor, access } = await bench.monitor();
  const consumer = await monitor.jetstream({ domain: "stix" }).consumers.get("STIX_EV", access.consumer);
  const { num_pending: pending } = await consumer.info();
  const events: { id: string; type: string }[] = [];
  if (pending === 0) return events;
  for await (const message of await consumer.consume()) {
    events.push(message.json());
    if (message.info.pending === 0) break;
  }
  await monitor.close();
  return events;
}

async function snapshot(bench: Bench, key: string): Promise<Record<string, unknown> | null> {
  const { connection: monitor } = await bench.monitor();
  const bucket = await monitor.jetstream({ domain: "stix" }).views.kv("stix_state", { bindOnly: true });
  const entry = await bucket.get(key);
  await monitor.close();
  return entry?.json() ?? null;
}
