// When a question is put again, when not, and what the asker is told.
import { realTime } from "#shared/clock.ts";
import { describe, expect, test } from "bun:test";
import { createCalls } from "./agent-calls.ts";
import { LinkError, type Link, type LinkTrouble } from "./link.ts";
import { createPresence } from "./presence.ts";

/** A hub that answers from a script: text is an answer, a trouble is none. */
function scripted(script: readonly (string | { trouble: LinkTrouble })[]) {
  const asked: { subject: string; body: Record<string, unknown> }[] = [];
  const link: Pick<Link, "request"> = {
    request: async (subject, data) => {
      const step = script[Math.min(asked.length, script.length - 1)];
      asked.push({ subject, body: JSON.parse(String(data)) });
      if (typeof step === "object") throw new LinkError(step.trouble, step.trouble);
      return Buffer.from(step ?? "");
    },
  };
  const presence = createPresence(realTime);
  const calls = createCalls({
    epoch: 7,
    steady: realTime,
    presence,
    link: () => link as Link,
    clusterName: async () => "train",
  });
  return { asked, calls, presence };
}

const pong = JSON.stringify({ ok: true, result: { nid: "n0", version: "0", run: 1 } });
const refusal = (code: string) => JSON.stringify({ ok: false, error: { code, message: "no", hint: "" } });
const soon = { timeoutMs: 3_000 };

describe("adapters/nats/agent-calls", () => {
  for (const trouble of ["no-responders", "timeout", "disconnected", "closed"] as const) {
    test(`after '${trouble}' the same question is put again, with the controller's epoch`, async () => {
      const { asked, calls } = scripted([{ trouble }, { trouble }, pong]);

      expect((await calls.call("c-1", "ping", {}, soon)).nid).toBe("n0");
      expect(asked).toHaveLength(3);
      expect(asked[0]).toEqual({ subject: "stix.v1.dn.c-1.rpc.ping", body: { epoch: 7 } });
    });
  }

  test("'cancel the newest' is not put again when it may have been heard, and is when it was not", async () => {
    const cancelled = JSON.stringify({ ok: true, result: { cancelled: [3], pending: [] } });
    const newest = { jids: null, userHash: null, waitMs: 0 };
    const heard = scripted([{ trouble: "timeout" }, cancelled]);
    const unheard = scripted([{ trouble: "no-responders" }, cancelled]);
    const named = scripted([{ trouble: "timeout" }, cancelled]);

    await expect(heard.calls.call("c-1", "job.cancel", newest, soon)).rejects.toMatchObject({
      code: "agent-unreachable",
    });
    expect((await unheard.calls.call("c-1", "job.cancel", newest, soon)).cancelled).toEqual([3]);
    expect((await named.calls.call("c-1", "job.cancel", { ...newest, jids: [3] }, soon)).cancelled).toEqual([3]);
    expect([heard.asked.length, unheard.asked.length, named.asked.length]).toEqual([1, 2, 2]);
  });

  test("a head that only begins is asked again, one that refuses is not", async () => {
    const beginning = scripted([refusal("not-ready"), pong]);
    const refusing = scripted([refusal("conflict"), pong]);

    expect((await beginning.calls.call("c-1", "ping", {}, soon)).nid).toBe("n0");
    await expect(refusing.calls.call("c-1", "ping", {}, soon)).rejects.toMatchObject({
      code: "agent-refused",
      message: "no",
      hint: "stix queue train",
    });
    expect(refusing.asked).toHaveLength(1);
  });

  test("an answer that is not understood is said to be so, not believed", async () => {
    for (const answer of ["", "{", `{"ok":true}`, `{"ok":true,"result":{"nid":5}}`]) {
      await expect(scripted([answer]).calls.call("c-1", "ping", {}, soon)).rejects.toMatchObject({
        code: "agent-refused",
      });
      await expect(
        scripted([answer]).calls.readLog(
          "c-1",
          { jid: 1, stream: "run", rank: 0, attempt: 0, off: 0, max: 1, waitMs: 0 },
          soon,
        ),
      ).rejects.toMatchObject({ code: "agent-refused" });
    }
  });

  test("a question that does not fit is refused with what to do, at once", async () => {
    const { asked, calls } = scripted([{ trouble: "too-large" }]);

    await expect(calls.call("c-1", "ping", {}, soon)).rejects.toMatchObject({ code: "too-large" });
    expect(asked).toHaveLength(1);
  });

  test("a question beyond one message goes in parts, again when the head has lost them, and one beyond all is refused", async () => {
    const heard = JSON.stringify({ ok: true, result: {} });
    const done = JSON.stringify({ ok: true, result: { jids: [1] } });
    const spec = (run: string) => ({ idem: "i", specHash: "h", copies: 1, spec: { run } as never });
    const { asked, calls } = scripted([heard, heard, heard, refusal("not-ready"), heard, heard, heard, done]);

    expect(await calls.call("c-1", "job.submit", spec("é".repeat(600_000)), soon)).toEqual({ jids: [1] });

    const methods = asked.map(({ subject }) => subject.split(".rpc.")[1]);
    expect(methods).toEqual(["part", "part", "part", "job.submit", "part", "part", "part", "job.submit"]);
    const text = Buffer.concat(
      asked.slice(0, 3).map(({ body }) => Buffer.from(String(body["data"]), "base64")),
    ).toString("utf8");
    expect(JSON.parse(text)).toEqual({ ...spec("é".repeat(600_000)), epoch: 7 });
    expect(asked[3]?.body).toEqual({
      parts: { key: new Bun.CryptoHasher("sha256").update(text).digest("hex"), count: 3 },
      epoch: 7,
    });
    for (const { body } of asked) expect(JSON.stringify(body).length).toBeLessThan(1_000_000);
    await expect(calls.call("c-1", "job.submit", spec("x".repeat(42_000_000)), soon)).rejects.toMatchObject({
      code: "too-large",
    });
  });

  test("an asker who gives up is let go at once", async () => {
    const { calls } = scripted([{ trouble: "no-responders" }]);
    const begun = performance.now();

    const failure = calls.call("c-1", "ping", {}, { timeoutMs: 60_000, signal: AbortSignal.timeout(30) });

    await expect(failure).rejects.toThrow();
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  test("a head that registers ends the wait for its predecessor's answer", async () => {
    const asked: string[] = [];
    const presence = createPresence(realTime);
    const link: Pick<Link, "request"> = {
      request: (subject, _data, _ms, signal) => {
        asked.push(subject);
        if (asked.length > 1) return Promise.resolve(Buffer.from(pong));
        return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
      },
    };
    const calls = createCalls({
      epoch: 1,
      steady: realTime,
      presence,
      link: () => link as Link,
      clusterName: async () => "train",
    });
    const answer = calls.call("c-1", "ping", {}, { timeoutMs: 30_000 });

    presence.registered("c-1", {
      v: 1,
      proto: [1, 1],
      version: "0",
      cid: "c-1",
      dbId: "d",
      inc: 1,
      run: 2,
      bootId: "b",
      instanceId: "i",
      token: null,
      nodes: ["n0"],
      ev: { first: 1, last: 1 },
    });

    expect((await answer).nid).toBe("n0");
    expect(asked).toHaveLength(2);
  });
});
