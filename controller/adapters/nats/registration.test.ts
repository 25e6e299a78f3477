// Every way a head may introduce itself, as a table.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AgentRecord } from "#controller/ports/agent-records.ts";
import type { HeadRegistration } from "#shared/wire/registration.ts";
import { decideRegistration } from "./registration.ts";

const record = (more: Partial<AgentRecord> = {}): AgentRecord => ({
  cid: "c",
  clusterName: "c",
  busPort: 1,
  bootGeneration: 1,
  credentialsExpireAt: 0,
  revokedAt: null,
  incarnation: null,
  ...more,
});
const known = { dbId: "db", inc: 3, run: 5, acked: 42 };
const registration = (more: Partial<HeadRegistration> = {}): HeadRegistration => ({
  v: 1,
  proto: [1, 1],
  version: "0",
  cid: "c",
  dbId: "db",
  inc: null,
  run: 5,
  bootId: "b",
  instanceId: "i",
  token: null,
  nodes: ["n0"],
  ev: { first: 1, last: 1 },
  ...more,
});

const table: [string, AgentRecord | null, HeadRegistration, unknown][] = [
  ["a stranger", null, registration(), { ok: false, error: "unknown-cluster" }],
  [
    "a revoked cluster",
    record({ revokedAt: 1, incarnation: known }),
    registration(),
    { ok: false, error: "unknown-cluster" },
  ],
  [
    "the first database with its token",
    record(),
    registration({ token: "t", run: 1 }),
    { ok: true, incarnation: { dbId: "db", inc: 1, run: 1, acked: 0 } },
  ],
  ["the first database without a token", record(), registration(), { ok: false, error: "bad-token" }],
  [
    "a head that was known before our records were lost",
    record(),
    registration({ token: "t", inc: 3, run: 9, ev: { first: 40, last: 60 } }),
    { ok: true, isNewIncarnation: true, incarnation: { dbId: "db", inc: 3, run: 9, acked: 39 } },
  ],
  [
    "a head that was known, with a wrong token",
    record(),
    registration({ token: "x", inc: 3 }),
    { ok: false, error: "bad-token" },
  ],
  [
    "the same run again",
    record({ incarnation: known }),
    registration(),
    { ok: true, isNewIncarnation: false, incarnation: known },
  ],
  [
    "a later run",
    record({ incarnation: known }),
    registration({ run: 9 }),
    { ok: true, incarnation: { ...known, run: 9 } },
  ],
  ["an earlier run", record({ incarnation: known }), registration({ run: 4 }), { ok: false, error: "fenced" }],
  [
    "a new database with a token",
    record({ incarnation: known }),
    registration({ dbId: "new", token: "t", run: 1 }),
    { ok: true, isNewIncarnation: true, incarnation: { dbId: "new", inc: 4, run: 1, acked: 0 } },
  ],
  [
    "a new database with a wrong token",
    record({ incarnation: known }),
    registration({ dbId: "new", token: "x" }),
    { ok: false, error: "bad-token" },
  ],
  [
    "an agent that is too new",
    record({ incarnation: known }),
    registration({ proto: [2, 3] }),
    { ok: false, error: "too-new" },
  ],
  [
    "an agent that is too old",
    record({ incarnation: known }),
    registration({ proto: [0, 0] }),
    { ok: false, error: "too-old" },
  ],
];

describe("adapters/nats/registration", () => {
  for (const [name, before, said, expected] of table) {
    test(`${name} is answered as it must be`, () => {
      expect(decideRegistration(before, said, "t")).toMatchObject(expected as object);
    });
  }

  test("over any history an incarnation never goes back and a cursor never survives a new database", () => {
    const step = fc.record({
      dbId: fc.constantFrom("a", "b", "c"),
      run: fc.integer({ min: 1, max: 4 }),
      hasToken: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let current = record();
        for (const { dbId, run, hasToken } of steps) {
          const decision = decideRegistration(current, registration({ dbId, run, token: hasToken ? "t" : null }), "t");
          if (!decision.ok) continue;
          const before = current.incarnation ?? { inc: 0, run: 0, dbId: "", acked: 0 };
          expect(decision.incarnation.inc).toBe(before.inc + (decision.isNewIncarnation ? 1 : 0));
          if (decision.isNewIncarnation) expect(decision.incarnation.acked).toBe(0);
          else expect(decision.incarnation.run).toBeGreaterThanOrEqual(before.run);
          current = record({ incarnation: { ...decision.incarnation, acked: 7 } });
        }
      }),
    );
  });
});
