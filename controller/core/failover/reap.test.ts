// Which machines are nobody's: never those of another installation, always those that no living attempt owns.
import { describe, expect, test } from "bun:test";
import { attemptStates, type AttemptState } from "#shared/lifecycle/attempt.ts";
import { decideReaping, type KnownAttempt, type KnownCluster } from "./reap.ts";

const now = 1_000_000;

function attempt(id: string, state: AttemptState, more: Partial<KnownAttempt> = {}): KnownAttempt {
  return { id, cloud: "alpha", state, removal: null, ...more };
}

function cluster(row: KnownCluster["row"], ...attempts: KnownAttempt[]): KnownCluster {
  return { row, isBusy: false, attempts };
}

const machine = (cid: string, key: string | null, cloud = "alpha") => ({ cloud, cid, attempt: key });

describe("core/failover/reap", () => {
  test("machines of which nothing is known are reported, never removed", () => {
    expect(decideReaping([machine("foreign", "f-1"), machine("older", null)], new Map(), now)).toEqual({
      remove: [],
      strange: [
        { cloud: "alpha", cid: "foreign" },
        { cloud: "alpha", cid: "older" },
      ],
    });
  });

  test("an attempt that lives keeps its machines, whichever state it is in; one that does not loses them", () => {
    const verdicts = attemptStates.map((state) => {
      const known = new Map([["c", cluster("living", attempt("c-1", state))]]);
      return [state, decideReaping([machine("c", "c-1")], known, now).remove.length];
    });

    expect(verdicts).toEqual([
      ["intended", 0],
      ["creating", 0],
      ["made", 0],
      ["adopted", 0],
      ["failed", 1],
      ["removing", 1],
      ["removed", 1],
    ]);
  });

  test("of a cluster whose row was ended nothing stays, whatever its attempts say, and those without a key go too", () => {
    for (const state of attemptStates) {
      const known = new Map([["c", cluster("ended", attempt("c-1", state))]]);
      expect(decideReaping([machine("c", "c-1"), machine("c", null)], known, now).remove).toEqual([
        { cloud: "alpha", cid: "c", attempt: "c-1" },
        { cloud: "alpha", cid: "c", attempt: null },
      ]);
    }
  });

  test("a removal that is owed is asked for also where no machine is listed, when it is due", () => {
    const removal = {
      tries: 1,
      refusal: { kind: "transient", reach: "cloud", message: "", hint: "", at: now },
    } as const;
    const known = new Map([
      ["c", cluster("living", attempt("c-1", "removing", { removal }), attempt("c-2", "adopted"))],
    ]);

    expect(decideReaping([], known, now + 999).remove).toEqual([]);
    expect(decideReaping([], known, now + 1_000).remove).toEqual([{ cloud: "alpha", cid: "c", attempt: "c-1" }]);
  });

  test("a living request settles its failed attempt itself; a removal goes on in any case", () => {
    const known = new Map([
      ["c", { ...cluster("living", attempt("c-1", "failed"), attempt("c-2", "removing")), isBusy: true }],
    ]);

    expect(decideReaping([], known, now).remove.map((each) => each.attempt)).toEqual(["c-2"]);
  });

  test("machines of a living cluster that its ledger does not know are reported; older ones without a key are its own", () => {
    const known = new Map([["c", cluster("living", attempt("c-1", "adopted"))]]);

    expect(decideReaping([machine("c", null), machine("c", "c-2"), machine("c", "c-1", "beta")], known, now)).toEqual({
      remove: [],
      strange: [
        { cloud: "alpha", cid: "c" },
        { cloud: "beta", cid: "c" },
      ],
    });
  });
});
