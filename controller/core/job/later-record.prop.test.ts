// Answers about one job in any order, repeated or lost: what is known in the end is the newest of them.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isJobTerminal, type JobState } from "#shared/lifecycle/job.ts";
import type { JobRecord } from "#shared/wire/rpc.ts";
import { laterRecord } from "./later-record.ts";

function record(state: JobState, attempt: number, pid: number | null = null): JobRecord {
  return {
    jid: 1,
    name: null,
    user: "u",
    userHash: "h",
    state,
    attempt,
    numNodes: 1,
    submittedAt: 0,
    startedAt: null,
    endedAt: null,
    resourcesText: "",
    logFolder: "",
    exitCodes: null,
    reason: null,
    ranks: attempt === 0 ? [] : [{ rank: 0, nid: "n0", pid, exitCode: null }],
    metadata: {},
  };
}

const finals: readonly JobState[] = ["SUCCEEDED", "FAILED", "FAILED_SETUP", "FAILED_DRIVER", "CANCELLED"];

/** Every record a job shows in its life, oldest first: some attempts that were given up, then one that ended (or goes on). */
const life = fc
  .record({
    attempts: fc.array(fc.array(fc.constantFrom<JobState>("SETTING_UP", "RUNNING"), { maxLength: 2 }), {
      maxLength: 3,
    }),
    final: fc.option(fc.constantFrom(...finals)),
  })
  .map(({ attempts, final }) => {
    const records = [record("PENDING", 0)];
    for (const [index, states] of attempts.entries()) {
      records.push(record("PENDING", index + 1));
      for (const state of [...states].sort(
        (left, right) => Number(left !== "SETTING_UP") - Number(right !== "SETTING_UP"),
      )) {
        records.push(record(state, index + 1), record(state, index + 1, 100 + index));
      }
    }
    const last = records.at(-1);
    if (final !== null && last !== undefined) records.push(record(final, last.attempt, last.ranks[0]?.pid ?? null));
    return records;
  });

const answers = life.chain((records) =>
  fc.tuple(fc.constant(records), fc.array(fc.nat(records.length - 1), { minLength: 1, maxLength: 14 })),
);

describe("core/job/later-record", () => {
  test("in whatever order answers come, the newest one of them stands at the end", () => {
    fc.assert(
      fc.property(answers, ([records, order]) => {
        const heard = order.flatMap((index) => records[index] ?? []);
        const newest = records[Math.max(...order)];
        const [first = record("PENDING", 0), ...rest] = heard;

        const known = rest.reduce(laterRecord, first);

        expect({ state: known.state, attempt: known.attempt }).toEqual({
          state: newest?.state ?? "INIT",
          attempt: newest?.attempt ?? -1,
        });
        const named = heard.find(
          (each) => each.attempt === known.attempt && each.ranks[0]?.pid !== null && each.ranks.length > 0,
        );
        expect(known.ranks[0]?.pid ?? null).toBe(named?.ranks[0]?.pid ?? null);
      }),
      { numRuns: 1_000 },
    );
  });

  test("a final answer stays, whatever comes after it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...finals), answers, (final, [records, order]) => {
        const known = order.flatMap((index) => records[index] ?? []).reduce(laterRecord, record(final, 1));

        expect(known.state).toBe(final);
        expect(isJobTerminal(known.state)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
