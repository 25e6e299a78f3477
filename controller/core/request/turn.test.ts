// Whose turn it is with a request, over every state, holder and instant; and what an operation's end means.
import { describe, expect, test } from "bun:test";
import { isRequestTerminal, requestStates } from "#shared/lifecycle/request.ts";
import { pruneBefore, retention } from "./keep.ts";
import {
  decideBeginning,
  decideConsequence,
  decideTurn,
  LEASE_MS,
  RENEW_AFTER_MS,
  type EndFacts,
  type RequestFacts,
  type RequestRow,
} from "./turn.ts";

const now = 1_000_000;
const failure = { code: "internal", exception: "RuntimeError", message: "m", hint: "h", attributes: {} };
const calm: RequestFacts = { self: "me", runsUnder: null, hasRoom: true, isStopping: false };

function row(change: Partial<RequestRow> = {}): RequestRow {
  return {
    state: "RUNNING",
    createdAt: now - 10,
    token: 1,
    leaseOwner: "me",
    leaseUntil: now + LEASE_MS,
    wakeAt: null,
    wakeOn: null,
    cancelAsked: false,
    ...change,
  };
}

const holders = [null, "me", "other"].flatMap((leaseOwner) =>
  [null, now - 1, now, now + 1, now + LEASE_MS].map((leaseUntil) => ({ leaseOwner, leaseUntil })),
);
const waits = [null, now - 1, now, now + 1].flatMap((wakeAt) =>
  [null, "lock:x", "retry"].flatMap((wakeOn) => [true, false].map((cancelAsked) => ({ wakeAt, wakeOn, cancelAsked }))),
);
const everyRow = requestStates.flatMap((state) =>
  holders.flatMap((holder) => waits.map((wait) => row({ state, ...holder, ...wait }))),
);

describe("core/request/turn", () => {
  test("nobody takes what another works on, and nothing that can be taken is left for ever", () => {
    for (const each of everyRow) {
      const turn = decideTurn(each, calm, now);
      const isHeld = each.state === "RUNNING" && (each.leaseUntil ?? 0) > now;
      if (isHeld) expect(turn).toEqual({ do: "wait-until", at: each.leaseUntil });
      if (isRequestTerminal(each.state)) expect(turn.do).toBe("nothing");
      // Waiting without a time is for what changes by a deed of somebody.
      if (turn.do === "wait-until" && turn.at === null) expect(each.wakeOn).not.toBeNull();
      if (turn.do === "wait-until" && turn.at !== null) {
        expect(turn.at).toBeGreaterThan(now);
        expect(["claim", "take-over"]).toContain(decideTurn(each, calm, turn.at).do);
      }
    }
  });

  test("a full lane and a stopping server take up nothing", () => {
    for (const each of everyRow)
      for (const facts of [
        { ...calm, hasRoom: false },
        { ...calm, isStopping: true },
      ])
        expect(["nothing", "wait-until"]).toContain(decideTurn(each, facts, now).do);
  });

  test("who works under an old token, or on an ended request, gives up", () => {
    expect(decideTurn(row({ token: 2 }), { ...calm, runsUnder: 1 }, now)).toEqual({ do: "give-up" });
    expect(decideTurn(row({ leaseOwner: "other" }), { ...calm, runsUnder: 1 }, now)).toEqual({ do: "give-up" });
    for (const state of requestStates)
      if (state !== "RUNNING") expect(decideTurn(row({ state }), { ...calm, runsUnder: 1 }, now).do).toBe("give-up");
  });

  test("a lease is renewed when a third of it is over, also by one who was frozen and not replaced", () => {
    const mine = { ...calm, runsUnder: 1 };
    expect(decideTurn(row(), mine, now)).toEqual({ do: "nothing" });
    expect(decideTurn(row(), mine, now + RENEW_AFTER_MS)).toEqual({ do: "renew" });
    expect(decideTurn(row(), mine, now + 10 * LEASE_MS)).toEqual({ do: "renew" });
  });

  test("a wish to cancel and a stop of the server end the operation at work", () => {
    expect(decideTurn(row({ cancelAsked: true }), { ...calm, runsUnder: 1 }, now)).toEqual({
      do: "abort",
      why: "cancelled",
    });
    expect(decideTurn(row({ cancelAsked: true }), { ...calm, runsUnder: 1, isStopping: true }, now)).toEqual({
      do: "abort",
      why: "stopping",
    });
  });

  test("ended requests go after a day", () => {
    const old = row({ state: "SUCCEEDED", createdAt: pruneBefore(now) - 1 });
    expect(decideTurn(old, calm, now)).toEqual({ do: "prune" });
    expect(decideTurn({ ...old, createdAt: pruneBefore(now) }, calm, now)).toEqual({ do: "nothing" });
    expect(pruneBefore(retention.ageMs + 5)).toBe(5);
  });

  test("what is taken up again is run, ended as cancelled, or told as interrupted", () => {
    expect(decideBeginning({ runs: 1, cancelAsked: false }, false)).toEqual({ do: "run" });
    expect(decideBeginning({ runs: 2, cancelAsked: false }, true)).toEqual({ do: "run" });
    expect(decideBeginning({ runs: 2, cancelAsked: true }, true)).toMatchObject({ outcome: { state: "CANCELLED" } });
    expect(decideBeginning({ runs: 2, cancelAsked: false }, false)).toMatchObject({
      outcome: { state: "FAILED", failure: { exception: "RequestInterruptedError" } },
    });
  });

  test("an error is a cancelling only when somebody asked and the work was told", () => {
    const facts: EndFacts = { cancelAsked: true, isAborted: true, isStopping: false, isLost: false };
    const end = { kind: "error", failure } as const;
    expect(decideConsequence(end, facts)).toMatchObject({ do: "finish", outcome: { state: "CANCELLED" } });
    expect(decideConsequence(end, { ...facts, cancelAsked: false })).toMatchObject({ outcome: { state: "FAILED" } });
    expect(decideConsequence(end, { ...facts, isAborted: false })).toMatchObject({ outcome: { state: "FAILED" } });
    expect(decideConsequence(end, { ...facts, cancelAsked: false, isStopping: true })).toEqual({ do: "leave" });
  });

  test("who lost the request writes nothing, however its operation ended", () => {
    const facts: EndFacts = { cancelAsked: false, isAborted: true, isStopping: false, isLost: true };
    for (const end of [
      { kind: "value", value: 1 },
      { kind: "wait", on: "x", until: null, message: null },
      { kind: "error", failure },
    ] as const)
      expect(decideConsequence(end, facts)).toEqual({ do: "give-up" });
    expect(decideConsequence({ kind: "stale" }, { ...facts, isLost: false })).toEqual({ do: "give-up" });
  });
});
