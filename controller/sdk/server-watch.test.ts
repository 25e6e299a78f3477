// What who waits is told, and when.
import { describe, expect, test } from "bun:test";
import { judge } from "./server-watch.ts";

const facts = { suspendedMs: 0, answerMs: 0, healthMs: 0 };

describe("sdk/server-watch", () => {
  test("a long poll of a healthy server is silent for hours without a word", () => {
    expect(judge(facts)).toBe("nothing");
  });

  test("words come before three seconds are over: nobody answers, or the answer takes long", () => {
    // The question whether it is well is asked 1.2 s after the call at the latest, and looked after every 0.4 s.
    expect(judge({ ...facts, answerMs: 2_600, healthMs: 1_600 })).toBe("silent");
    expect(judge({ ...facts, healthMs: 1_600 })).toBe("silent");
    expect(judge({ ...facts, answerMs: 2_600 })).toBe("at work");
    expect(judge({ ...facts, healthMs: 20_000 })).toBe("silent for long");
  });

  test("only what is suspended is given up, and not at once", () => {
    expect(judge({ suspendedMs: 100, answerMs: 100, healthMs: 0 })).toBe("nothing");
    expect(judge({ suspendedMs: 800, answerMs: 0, healthMs: 0 })).toBe("suspended");
    expect(judge({ ...facts, healthMs: 3_600_000, answerMs: 3_600_000 })).toBe("silent for long");
  });
});
