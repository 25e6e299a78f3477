// What becomes of requests after a restart and after an error.
import { describe, expect, test } from "bun:test";
import { requestStates } from "#shared/lifecycle/request.ts";
import { decideFailure, decideResume, pruneBefore, retention } from "./decide.ts";

const failure = { code: "internal", exception: "RuntimeError", message: "m", hint: "h", attributes: {} };

describe("core/request/decide", () => {
  test("every request is either ended already, run again, or ended now", () => {
    for (const state of requestStates) {
      for (const cancelAsked of [true, false]) {
        for (const canResume of [true, false]) {
          const isEnded = ["SUCCEEDED", "FAILED", "CANCELLED"].includes(state);
          const unfinished = cancelAsked || (state !== "PENDING" && !canResume) ? "finish" : "run";
          expect(decideResume({ state, cancelAsked }, canResume).do).toBe(isEnded ? "nothing" : unfinished);
        }
      }
    }
  });

  test("a wish to cancel wins over being run again", () => {
    expect(decideResume({ state: "RUNNING", cancelAsked: true }, true)).toMatchObject({
      do: "finish",
      outcome: { state: "CANCELLED" },
    });
  });

  test("what only lived in its connection is told to its owner as interrupted", () => {
    expect(decideResume({ state: "RUNNING", cancelAsked: false }, false)).toMatchObject({
      do: "finish",
      outcome: { state: "FAILED", failure: { exception: "RequestInterruptedError" } },
    });
  });

  test("an error is a cancelling only when somebody asked and the work was told", () => {
    expect(decideFailure(failure, true, true).state).toBe("CANCELLED");
    expect(decideFailure(failure, false, true).state).toBe("FAILED");
    expect(decideFailure(failure, true, false)).toEqual({ state: "FAILED", failure });
  });

  test("requests are kept for a day", () => {
    expect(pruneBefore(retention.ageMs + 5)).toBe(5);
  });
});
