// Events exactly once, whatever way they arrive; snapshots that follow them; what is pruned.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { CONTROLLER_INC, type AgentRecords, type EventRow } from "#controller/ports/agent-records.ts";
import { onBothDatabases } from "#test/both-databases.ts";
import { createAgentRecords } from "./agent-records.ts";

const row = (seq: number, more: Partial<EventRow> = {}): EventRow => ({
  seq,
  at: seq,
  kind: "cluster",
  body: { type: "t", n: seq },
  patch: null,
  ...more,
});
const batch = (from: number, to: number, run = 1) => ({
  cid: "alpha-1",
  inc: 1,
  run,
  rows: Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => row(from + index)),
});

onBothDatabases(({ name, openEmpty }) => {
  async function records(): Promise<AgentRecords> {
    const made = createAgentRecords(await openEmpty());
    await made.enrol({ cid: "alpha-1", clusterName: "alpha", busPort: 20_001, credentialsExpireAt: 9 });
    await made.saveIncarnation("alpha-1", { dbId: "db", inc: 1, run: 1, acked: 0 });
    return made;
  }

  test("however batches are repeated, reordered, cut and grouped, the log has each event once and in order", async () => {
    const piece = fc.tuple(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(piece, { maxLength: 5 }), { maxLength: 12 }), async (groups) => {
        const made = await records();
        let cursor = 0;
        for (const group of groups) {
          const outcomes = await made.applyEvents(
            group.map(([from, length, run]) => batch(from, from + length - 1, run)),
          );
          for (const outcome of outcomes) {
            if (!outcome.ok) continue;
            expect(outcome.acked).toBeGreaterThanOrEqual(cursor);
            cursor = outcome.acked;
          }
        }

        const stored = await made.eventsAfter(0, 1_000);
        expect(stored.map((event) => event.seq)).toEqual(Array.from({ length: cursor }, (_, index) => index + 1));
        expect((await made.find("alpha-1"))?.incarnation?.acked).toBe(cursor);
      }),
      // Each begins with an empty database, which takes Postgres a while.
      { numRuns: name === "SQLite" ? 60 : 10 },
    );
  });

  test("batches of an older run or incarnation are fenced, of an unheard one asked to register first", async () => {
    const made = await records();
    await made.saveIncarnation("alpha-1", { dbId: "db2", inc: 2, run: 5, acked: 0 });

    const outcomes = await made.applyEvents([
      { cid: "alpha-1", inc: 1, run: 9, rows: [row(1)] },
      { cid: "alpha-1", inc: 2, run: 4, rows: [row(1)] },
      { cid: "alpha-1", inc: 3, run: 1, rows: [row(1)] },
      { cid: "nobody", inc: 1, run: 1, rows: [row(1)] },
      { cid: "alpha-1", inc: 2, run: 5, rows: [row(1)] },
    ]);

    expect(outcomes).toEqual([
      { ok: false, error: "fenced" },
      { ok: false, error: "fenced" },
      { ok: false, error: "register-first" },
      { ok: false, error: "register-first" },
      { ok: true, acked: 1 },
    ]);
  });

  test("a boot token is used up by a new incarnation, not by a new run", async () => {
    const made = await records();
    const first = (await made.find("alpha-1"))?.bootGeneration ?? 0;

    await made.saveIncarnation("alpha-1", { dbId: "db", inc: 1, run: 2, acked: 0 });
    const second = (await made.find("alpha-1"))?.bootGeneration;
    await made.saveIncarnation("alpha-1", { dbId: "other", inc: 2, run: 1, acked: 0 });

    expect([second, (await made.find("alpha-1"))?.bootGeneration]).toEqual([first, first + 1]);
  });

  test("snapshots keep what later events do not name, and come in the order of their last event", async () => {
    const made = await records();
    await made.applyEvents([
      {
        cid: "alpha-1",
        inc: 1,
        run: 1,
        rows: [
          row(1, { patch: { key: "job.1", value: { name: "a", state: "PENDING" } } }),
          row(2, { patch: { key: "job.2", value: { state: "PENDING" } } }),
          row(3, { patch: { key: "job.1", value: { state: "RUNNING", name: undefined } } }),
        ],
      },
    ]);

    const all = await made.snapshotsAfter(0, 10);
    const later = await made.snapshotsAfter(2, 10);

    expect(all.map((one) => one.key)).toEqual(["job.2", "job.1"]);
    expect(later).toEqual([{ key: "job.1", value: { cluster: "alpha", name: "a", state: "RUNNING" }, eventId: 3 }]);
  });

  test("the controller's own events have a sequence of their own", async () => {
    const made = await records();
    await made.applyEvents([batch(1, 2)]);
    await made.appendOwn("alpha-1", "alpha", row(0));
    await made.appendOwn("alpha-1", "alpha", row(0));

    const own = (await made.eventsAfter(0, 10)).filter((event) => event.inc === CONTROLLER_INC);

    expect(own.map((event) => event.seq)).toEqual([1, 2]);
    expect((await made.find("alpha-1"))?.incarnation?.acked).toBe(2);
  });

  test("the first hub keeps the database", async () => {
    const made = await records();

    const [first, second] = await Promise.all([made.claimHub("ours"), made.claimHub("theirs")]);

    expect(first).toBe(second);
    expect(await made.claimHub("another")).toBe(first);
  });

  test("counters only grow, also when the clock goes back", async () => {
    const made = await records();

    const issues = [
      await made.nextAccountIssue(100),
      await made.nextAccountIssue(50),
      await made.nextAccountIssue(200),
    ];

    expect(issues).toEqual([100, 101, 200]);
    expect([
      await made.nextEpoch(1),
      await made.nextEpoch(1),
      await made.nextEpoch(90),
      await made.nextEpoch(7),
    ]).toEqual([1, 2, 90, 91]);
  });

  test("pruning keeps what monitors have not seen, and forgets ended clusters in two steps", async () => {
    const made = await records();
    await made.applyEvents([
      { cid: "alpha-1", inc: 1, run: 1, rows: [row(1, { patch: { key: "job.1", value: {} } }), row(2), row(3)] },
    ]);
    await made.savePublishMark({ eventId: 2, stream: "s", streamSeq: 2 });
    await made.revoke("alpha-1", 1_000);

    const before = await made.prune({ events: 900, snapshots: 900, agents: 900 });
    const left = (await made.eventsAfter(0, 10)).map((event) => event.seq);
    const removed = await made.prune({ events: 900, snapshots: 1_001, agents: 900 });
    const known = await made.find("alpha-1");
    await made.prune({ events: 900, snapshots: 1_001, agents: 1_001 });

    expect([before, left, removed]).toEqual([[], [3], ["job.1"]]);
    expect(known?.revokedAt).toBe(1_000);
    expect(await made.find("alpha-1")).toBe(null);
  });

  test("revoking is once, and the newest come first", async () => {
    const made = await records();
    await made.enrol({ cid: "beta-2", clusterName: "b", busPort: 1, credentialsExpireAt: 1 });

    const first = [
      await made.revoke("alpha-1", 10),
      await made.revoke("alpha-1", 11),
      await made.revoke("beta-2", 12),
      await made.revoke("nobody", 13),
    ];

    expect(first).toEqual([true, false, true, false]);
    expect(await made.revoked(0, 10)).toEqual([
      { cid: "beta-2", revokedAt: 12 },
      { cid: "alpha-1", revokedAt: 10 },
    ]);
    expect(await made.revoked(11, 10)).toHaveLength(1);
    expect(await made.revoked(0, 1)).toHaveLength(1);
  });
});
