// What a provider's call may end as, whatever is thrown in it, and what its messages may not show.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ProviderAnswer } from "../contract/failure.ts";
import { answer, failure } from "./answer.ts";
import { guard } from "./guard.ts";
import { redacted } from "./redact.ts";

const failureOf = (doing: string, error: unknown) =>
  failure({ kind: "invalid", reach: "zone", message: `${doing}: ${String(error)}`, hint: "mend it" });
const never = <T>() => new Promise<ProviderAnswer<T>>(() => undefined);

/** Timers that go off when the test says so. */
function handTimers() {
  const waiting: (() => void)[] = [];
  return {
    waiting,
    timers: {
      after: (_ms: number, work: () => void) => {
        waiting.push(work);
        return () => void waiting.splice(waiting.indexOf(work), 1);
      },
    },
  };
}

describe("providers/kit/guard", () => {
  test("an answer is passed on, what is thrown becomes a failure of the cloud's own kind", async () => {
    expect(await guard({ doing: "x", failureOf }, async () => answer(1))).toEqual(answer(1));
    expect(
      await guard({ doing: "cannot list", failureOf }, async () => {
        throw new Error("no");
      }),
    ).toMatchObject({ ok: false, kind: "invalid", reach: "zone", message: "cannot list: Error: no" });
  });

  test("an abort rejects with its reason, whatever the work throws because of it", async () => {
    const stop = new AbortController();
    const call = guard({ doing: "x", failureOf, signal: stop.signal }, async (signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      throw new Error("socket hang up");
    });
    stop.abort(new Error("given up"));

    await expect(call).rejects.toThrow("given up");
  });

  test("work that does not listen is given up at its deadline, and by an abort before it; no timer stays", async () => {
    const { timers, waiting } = handTimers();
    const late = guard({ doing: "cannot create", failureOf, deadline: { ms: 1_500, timers } }, never);
    waiting[0]?.();
    expect(await late).toMatchObject({
      kind: "transient",
      reach: "region",
      message: "cannot create: no answer within 2 s",
    });

    const stop = new AbortController();
    const aborted = guard({ doing: "x", failureOf, signal: stop.signal, deadline: { ms: 1, timers } }, never);
    stop.abort(new Error("given up"));
    await expect(aborted).rejects.toThrow("given up");
    expect(waiting).toEqual([]);
  });

  test("messages are one line without secrets", async () => {
    const said = await guard({ doing: "x", failureOf, secrets: ["hunter2!"] }, async () =>
      failure({ kind: "auth", reach: "account", message: "key hunter2!\n  is wrong", hint: "Bearer abcdefgh12345" }),
    );

    expect(said).toMatchObject({ message: "key <redacted> is wrong", hint: "Bearer <redacted>" });
  });
});

describe("providers/kit/redact", () => {
  test.each([
    ["GET /v1?api_key=abc123&zone=a failed", "GET /v1?api_key=<redacted>&zone=a failed"],
    ['{"password": "p4ssw0rd", "zone": "a"}', '{"password": "<redacted>", "zone": "a"}'],
    ["AKIAABCDEFGHIJKLMNOP is unknown", "<redacted> is unknown"],
    ["-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----", "<redacted>"],
    ["no quota for A100 in us-east-1", "no quota for A100 in us-east-1"],
  ])("%s", (text, shown) => {
    expect(redacted(text)).toBe(shown);
  });

  test("a secret that is given is never shown, wherever it stands", () => {
    fc.assert(
      fc.property(fc.string(), fc.stringMatching(/^[A-Za-z0-9+/]{8,40}$/), fc.string(), (before, secret, after) => {
        expect(redacted(before + secret + after, [secret])).not.toContain(secret);
      }),
    );
  });
});
