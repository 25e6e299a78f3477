// What who waits is told, and when.
import { describe, expect, test } from "bun:test";
import { judge } from "./server-watch.ts";
import { listenerOf } from "./port-owner.ts";

const facts = { suspendedMs: 0, answerMs: 0, healthMs: 0 };

describe("client/server-watch", () => {
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

  test("whose program listens on a port is in the kernel's tables, connections from that port are not", () => {
    const tables = [
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
      "   0: 0100007F:B5F4 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 11 1",
      "   1: 0100007F:B5F4 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 12 1",
    ].join("\n");

    expect(listenerOf(tables, 0xb5f4)).toBe(1001);
    expect(listenerOf(tables, 0x1f90)).toBeUndefined();
  });
});
