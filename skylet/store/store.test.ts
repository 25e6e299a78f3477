// The database: whole or not at all, back as it was, and of bounded size.
import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decide } from "../queue/decide.ts";
import { emptyDecision } from "../queue/decision.ts";
import { schedule } from "../queue/schedule.ts";
import { createHeadState } from "../queue/state.ts";
import { demandOf, jobFromRow, openStore } from "./store.ts";
import { aSpec } from "#test/skylet/rig.ts";

const folder = mkdtempSync(join(tmpdir(), "stix-store-"));
afterAll(() => rmSync(folder, { recursive: true }));

function submitted(copies: number) {
  const state = createHeadState(["n0"], { cpus: 1, deviceCount: 2 });
  const out = emptyDecision();
  const step = { state, now: 5, out };
  const spec = aSpec({ setup: "s", accelerator: { name: "V100", count: 1.5 } });
  decide(step, { f: "submit", idem: "k", specHash: "h", demand: demandOf(spec), copies });
  schedule(step, () => true);
  return { state, out, spec };
}

describe("store", () => {
  test("a job comes back as it was", () => {
    const path = join(folder, "one.db");
    const { state, out, spec } = submitted(1);
    const before = openStore(path);
    before.apply({
      specs: [{ specId: 1, spec }],
      submissions: out.submissions,
      jobs: out.jobs,
      events: out.events,
      now: 5,
    });
    before.close();

    const after = openStore(path);
    const [row] = after.openJobs();

    const job = state.jobs.get(1);
    expect(job?.state).toBe("SETTING_UP");
    expect(
      row === undefined || job === undefined ? null : { ...jobFromRow(row, job.demand), stageSince: job.stageSince },
    ).toEqual(job ?? null);
    expect(after.spec(1)).toEqual(spec);
    expect(after.eventsAfter(0, 10).map(([seq, , event]) => [seq, event.type])).toEqual([
      [1, "job-submitted"],
      [2, "job-state"],
    ]);
    after.close();
  });

  test("a change that fails in the middle leaves nothing", () => {
    const store = openStore(join(folder, "two.db"));
    const { out, spec } = submitted(3);
    const change = {
      specs: [{ specId: 1, spec }],
      submissions: out.submissions,
      jobs: out.jobs,
      events: out.events,
      now: 5,
    };
    store.apply(change);

    // The submission is there already, so the second one must fail, with all that came with it.
    expect(() => store.apply({ ...change, events: [{ type: "node-up", nid: "n9" }] })).toThrow("UNIQUE");

    expect(store.eventsAfter(0, 100).some(([, , event]) => event.type === "node-up")).toBe(false);
    store.close();
  });

  test("old jobs are forgotten, open ones and the newest are not", () => {
    const store = openStore(join(folder, "three.db"));
    const { out, spec } = submitted(10);
    for (const job of out.jobs) if (job.jid > 1) job.stage = "final";
    store.apply({ specs: [{ specId: 1, spec }], submissions: out.submissions, jobs: out.jobs, now: 5 });

    store.pruneJobs(4);

    expect(store.listJobs({ userHash: null, limit: 100, openOnly: false }).map((row) => row.jid)).toEqual([
      10, 9, 8, 7, 1,
    ]);
    expect(store.spec(1)).not.toBeNull();
    store.close();
  });

  test("a file that is no database, or a newer one, is refused", () => {
    const path = join(folder, "bad.db");
    writeFileSync(path, "this is not a database, it is a sentence that is long enough");

    expect(() => openStore(path)).toThrow("not a database");
    const newer = join(folder, "newer.db");
    const other = new Database(newer);
    other.run("PRAGMA user_version = 99");
    other.close();
    expect(() => openStore(newer)).toThrow("version 99");
  });
});
