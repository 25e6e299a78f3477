// What a node says of the output that it has.
import { expect, test } from "bun:test";
import { createNodeLogs } from "./node-logs.ts";

const key = { jid: 1, attempt: 1, phase: "run", index: 1 } as const;
const clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };

test("a piece of output says which process wrote it, before the head has heard of the process", async () => {
  const text = new TextEncoder().encode("hi\n");
  const logs = createNodeLogs(
    {
      read: (_key, off) => ({ size: text.length, bytes: text.subarray(off) }),
      tail: () => ({ size: text.length, tailOff: 0 }),
      writer: () => 4711,
      hasExited: () => true,
    },
    clock,
  );
  const ask = { key, max: 100, waitMs: 0, tailLines: 0, final: true };

  expect((await logs.read({ ...ask, off: 0 })).head).toMatchObject({ n: 3, eof: true, pid: 4711 });
  expect((await logs.read({ ...ask, off: 3 })).head).toMatchObject({ n: 0, eof: true, pid: null });
});
