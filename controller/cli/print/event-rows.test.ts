// Events in the words of people: known ones told, unknown ones shown, none lost.
import { describe, expect, test } from "bun:test";
import { eventRow, localTime } from "./event-rows.ts";

const at = new Date(2026, 0, 31, 12, 5, 9).getTime();
const told = (event: Record<string, unknown>) =>
  eventRow(JSON.stringify({ v: 1, id: "c.1.2", cid: "c", inc: 1, seq: 2, cluster: "train", at, ...event }), Infinity)
    .cells;

describe("cli/event-rows", () => {
  test("each kind of event says who and what", () => {
    expect(told({ type: "job-submitted", jid: 3, name: "eval", user: "ana", numNodes: 2 })).toEqual([
      "2026-01-31 12:05:09",
      "train",
      "job-submitted",
      "job 3 eval on 2 nodes by ana",
    ]);
    expect(told({ type: "job-state", jid: 3, state: "FAILED", attempt: 2, reason: "rank 1 ended with 7" })[3]).toBe(
      "job 3 FAILED (attempt 2): rank 1 ended with 7",
    );
    expect(told({ type: "cluster-status", state: "STOPPED", reason: null })[3]).toBe("STOPPED");
    expect(told({ type: "node-lost", nid: "n1", reason: "silent" })[3]).toBe("n1: silent");
    expect(told({ type: "autostop-set", idleMinutes: -1, down: false, waitFor: "jobs" })[3]).toBe("off");
    expect(told({ type: "autostop-set", idleMinutes: 1, down: true, waitFor: "jobs" })[3]).toBe(
      "down after 1 idle minute",
    );
  });

  test("an event of a later version shows its fields, and what is no event is shown as it is", () => {
    expect(told({ type: "moon-rise", where: "east", size: 2 }).slice(2)).toEqual(["moon-rise", "where=east size=2"]);
    expect(eventRow("not json", 80)).toEqual({ at: 0, cells: ["-", "-", "-", "not json"] });
  });

  test("a narrow terminal gets the time without the year", () => {
    expect(localTime(at)).toBe("2026-01-31 12:05:09");
    expect(eventRow(JSON.stringify({ type: "node-up", at, nid: "n1" }), 80).cells[0]).toBe("01-31 12:05:09");
  });
});
