// Frames survive any cutting of the stream they travel in, and nothing else passes for one.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { jobStates } from "../lifecycle/job.ts";
import { createLogFrameDecoder, encodeLogFrame, parseLogFrame, type LogFrame } from "./log-frames.ts";

const whole = fc.nat();
const pid = fc.option(whole);
const frames: fc.Arbitrary<LogFrame> = fc.oneof(
  fc.record({
    t: fc.constant("job" as const),
    jobId: whole,
    name: fc.option(fc.string()),
    state: fc.constantFrom(...jobStates),
    attempt: whole,
    ranks: fc.array(fc.record({ rank: whole, nodeName: fc.string(), ip: fc.string(), pid })),
    clusterNodes: whole,
    numNodes: whole,
    setupPids: fc.array(pid),
    setupForMs: whole,
  }),
  fc.record({
    t: fc.constant("out" as const),
    attempt: whole,
    stream: fc.constantFrom("setup" as const, "run" as const),
    rank: whole,
    off: whole,
  }),
  fc.record({
    t: fc.constant("end" as const),
    jobId: whole,
    state: fc.constantFrom(...jobStates),
    reason: fc.option(fc.string()),
  }),
  fc.record({ t: fc.constant("log" as const), off: whole }),
  fc.constant({ t: "value" as const }),
  fc.constant({ t: "ping" as const }),
  fc.record({ t: fc.constant("ping" as const), note: fc.string() }),
  fc.record({ t: fc.constant("error" as const), code: fc.string(), message: fc.string(), hint: fc.string() }),
);

describe("shared/api/log-frames", () => {
  test("what is encoded is decoded, however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(frames, fc.uint8Array({ maxLength: 300 })), { maxLength: 8 }),
        fc.array(fc.nat(64), { minLength: 1 }),
        (sent, cuts) => {
          const stream = Buffer.concat(sent.map(([frame, body]) => encodeLogFrame(frame, body)));
          const decode = createLogFrameDecoder();
          const received: { frame: LogFrame; body: Uint8Array }[] = [];
          for (let [at, turn] = [0, 0]; at < stream.length; turn++) {
            const length = 1 + (cuts[turn % cuts.length] ?? 0);
            received.push(...decode(stream.subarray(at, at + length)));
            at += length;
          }

          expect(received.map(({ frame, body }) => [frame, Array.from(body)])).toEqual(
            sent.map(([frame, body]) => [frame, Array.from(body)]),
          );
        },
      ),
    );
  });

  test("a newer server's fields are dropped, and what lacks a field is refused", () => {
    const out = { t: "out", attempt: 1, stream: "run", rank: 0, off: 4 };

    expect(parseLogFrame({ ...out, later: 1 })).toEqual({ t: "out", attempt: 1, stream: "run", rank: 0, off: 4 });
    for (const name of Object.keys(out)) expect(() => parseLogFrame({ ...out, [name]: undefined })).toThrow(RangeError);
    for (const wrong of [
      null,
      3,
      "out",
      [],
      { t: "later" },
      { ...out, off: 1.5 },
      { ...out, stream: "err" },
      { t: "end", jobId: 1, state: "DONE" },
    ]) {
      expect(() => parseLogFrame(wrong)).toThrow(RangeError);
    }
  });

  test("a stream of something else is refused at once, not waited for", () => {
    expect(() => createLogFrameDecoder()(new TextEncoder().encode("<html><body>Bad Gateway</body></html>"))).toThrow(
      RangeError,
    );
  });
});
