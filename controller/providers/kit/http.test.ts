// Calls against a real HTTP server: pace, patience, and what is told of them.
import { describe, expect, test } from "bun:test";
import { jumpingClock } from "#test/twins/twin-world.ts";
import { createHttp, httpFailure, NoAnswer, type HttpOptions } from "./http.ts";
import { failureOfStatus, readRetryAfter, retryAfter, takeTurn } from "./http-decide.ts";
import type { CallSeen } from "./observe.ts";

interface Bench extends Disposable {
  readonly seen: CallSeen[];
  readonly asked: { readonly authorization: string | null }[];
  readonly slept: number[];
  readonly http: ReturnType<typeof createHttp>;
}

/** A server that gives these answers in order, the last one again and again. */
function bench(answers: readonly (() => Response)[], more: Partial<HttpOptions> = {}): Bench {
  const asked: Bench["asked"] = [];
  const seen: CallSeen[] = [];
  const slept: number[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      asked.push({ authorization: request.headers.get("authorization") });
      return (answers[asked.length - 1] ?? answers.at(-1))?.() ?? new Response(null, { status: 500 });
    },
  });
  const clock = jumpingClock();
  const http = createHttp({
    cloud: "alpha",
    base: `http://127.0.0.1:${server.port}`,
    headers: () => ({ authorization: "Bearer very-secret-token" }),
    pace: { perSecond: 10, burst: 5 },
    triesMost: 4,
    clock: {
      ...clock,
      sleep: (ms, signal) => {
        slept.push(ms);
        return clock.sleep(ms, signal);
      },
    },
    random: { next: () => 1 },
    observe: (call) => void seen.push(call),
    ...more,
  });
  return { seen, asked, slept, http, [Symbol.dispose]: () => void server.stop(true) };
}

const signal = AbortSignal.timeout(30_000);
const well = () => Response.json({ machines: 2 });
const busy = (seconds: string) => () => new Response("slow down", { status: 429, headers: { "retry-after": seconds } });
const broken = () => new Response("oops", { status: 503 });

describe("providers/kit/http", () => {
  test("an answer comes with its body read, whatever the status", async () => {
    using made = bench([() => Response.json({ error: "no such zone" }, { status: 400 })]);

    expect(await made.http.call({ method: "GET", path: "/v1/x" }, signal)).toEqual({
      status: 400,
      body: { error: "no such zone" },
      retryAfterMs: null,
    });
  });

  test("who is told to wait waits as long, also with a POST: nothing was done", async () => {
    using made = bench([busy("7"), well]);

    const { body } = await made.http.call({ method: "POST", path: "/v1/x", body: { a: 1 } }, signal);

    expect(body).toEqual({ machines: 2 });
    expect(made.slept).toEqual([7_000]);
  });

  test("a failed GET is tried again, ever later and not for ever; a failed POST is not, for it may have worked", async () => {
    using made = bench([broken]);

    expect((await made.http.call({ method: "GET", path: "/" }, signal)).status).toBe(503);
    expect(made.slept).toEqual([500, 1_000, 2_000]);
    expect((await made.http.call({ method: "POST", path: "/", body: {} }, signal)).status).toBe(503);
    expect(made.asked).toHaveLength(5);
    expect((await made.http.call({ method: "POST", path: "/", body: {}, canRepeat: true }, signal)).status).toBe(503);
    expect(made.asked).toHaveLength(9);
  });

  test("nobody there: told after all tries, as that", async () => {
    using made = bench([well]);
    const gone = createHttp({
      cloud: "alpha",
      base: "http://127.0.0.1:1",
      headers: () => ({}),
      pace: { perSecond: 100, burst: 100 },
      triesMost: 2,
      clock: jumpingClock(),
      random: { next: () => 0 },
      observe: (call) => void made.seen.push(call),
    });

    await expect(gone.call({ method: "GET", path: "/" }, signal)).rejects.toBeInstanceOf(NoAnswer);
    expect(made.seen.map(({ status, attempt }) => [status, attempt])).toEqual([
      [null, 1],
      [null, 2],
    ]);
  });

  test("an abort is its reason", async () => {
    using made = bench([broken]);

    await expect(
      made.http.call({ method: "GET", path: "/" }, AbortSignal.abort(new Error("given up"))),
    ).rejects.toThrow("given up");
  });

  test("calls beyond the burst wait for their turn, in order", async () => {
    using made = bench([well], { pace: { perSecond: 10, burst: 2 } });

    await Promise.all([1, 2, 3, 4].map(() => made.http.call({ method: "GET", path: "/" }, signal)));

    expect(made.slept.length).toBeGreaterThan(0);
    expect(made.asked).toHaveLength(4);
  });

  test("what is told of a call shows its path and no secret", async () => {
    using made = bench([well]);

    await made.http.call({ method: "GET", path: "/v1/machines?token=very-secret-token" }, signal);

    expect(made.seen).toMatchObject([{ cloud: "alpha", method: "GET", path: "/v1/machines", status: 200, attempt: 1 }]);
    expect(JSON.stringify(made.seen)).not.toContain("very-secret-token");
    expect(made.asked[0]?.authorization).toBe("Bearer very-secret-token");
  });

  test("a key does not follow to another host", async () => {
    using elsewhere = bench([well]);
    using made = bench([() => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:9/" } })]);

    expect((await made.http.call({ method: "GET", path: "/" }, signal)).status).toBe(302);
    expect(elsewhere.asked).toEqual([]);
  });
});

describe("providers/kit/http-decide", () => {
  test.each([
    ["5", 5_000],
    ["0", 0],
    ["Sat, 31 Jan 2026 10:20:40 GMT", 10_000],
    ["Sat, 31 Jan 2026 10:20:00 GMT", 0],
    ["soon", null],
    ["", null],
  ])("Retry-After: %s", (header, ms) => {
    expect(readRetryAfter(header, Date.UTC(2026, 0, 31, 10, 20, 30))).toBe(ms);
  });

  test("who asks for longer than we are patient is not waited for", () => {
    const facts = { status: 429, canRepeat: true, tries: 1, triesMost: 5, chance: 0 };

    expect(retryAfter({ ...facts, retryAfterMs: 30_000 })).toBe(30_000);
    expect(retryAfter({ ...facts, retryAfterMs: 31_000 })).toBeNull();
    expect(retryAfter({ ...facts, retryAfterMs: null, tries: 5 })).toBeNull();
  });

  test("the pace is kept over any time", () => {
    const pace = { perSecond: 2, burst: 3 };
    let state = { left: 3, at: 0 };
    const waits = [0, 0, 0, 0, 0, 10_000].map((now) => {
      const turn = takeTurn(pace, state, now);
      state = turn.state;
      return turn.waitMs;
    });

    expect(waits).toEqual([0, 0, 0, 500, 1_000, 0]);
  });

  test("statuses mean what they rule out, and a pause asked for is passed on", () => {
    expect([401, 403, 404, 409, 429, 500, 400, null].map((status) => failureOfStatus(status).kind)).toEqual([
      "auth",
      "forbidden",
      "not-found",
      "conflict",
      "rate-limited",
      "transient",
      "invalid",
      "transient",
    ]);
    expect(
      httpFailure("cannot list", { status: 429, retryAfterMs: 90_000 }, { message: "busy", hint: "wait" }),
    ).toEqual({
      ok: false,
      kind: "rate-limited",
      reach: "account",
      message: "cannot list: busy",
      hint: "wait",
      retryAfterMs: 90_000,
    });
  });
});
