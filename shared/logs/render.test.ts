// Rendering of followed jobs: prefixes, header, footer, and that no byte of the user's output is lost or doubled.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { LogFrame } from "../api/log-frames.ts";
import { createLogRenderer } from "./render.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => new TextDecoder().decode(value);

function aJob(nodes: number, change: Partial<Extract<LogFrame, { t: "job" }>> = {}): LogFrame {
  const ranks = Array.from({ length: nodes }, (_, rank) => ({
    rank,
    nodeName: rank === 0 ? "head" : `worker${rank}`,
    ip: `127.1.0.${rank + 1}`,
    pid: 40 + rank,
  }));
  return { t: "job", jobId: 1, name: "train", state: "RUNNING", attempt: 1, ranks, clusterNodes: nodes, ...change };
}
function output(rank: number, stream: "setup" | "run" = "run", attempt = 1): LogFrame {
  return { t: "out", attempt, stream, rank, off: 0 };
}
function rendered(steps: readonly (readonly [LogFrame, Uint8Array])[], decorate = true): string {
  const renderer = createLogRenderer({ decorate, setupNotes: "inline" });
  return text(Buffer.concat([...steps.map(([frame, body]) => renderer.push(frame, body)), renderer.flush()]));
}
const none = new Uint8Array();

describe("shared/logs/render", () => {
  test("a job on one node has a header, prefixed lines and a footer", () => {
    const shown = rendered([
      [aJob(1, { state: "PENDING" }), none],
      [aJob(1), none],
      [output(0), bytes("hello\nworld\n")],
      [{ t: "end", jobId: 1, state: "SUCCEEDED" }, none],
    ]);

    expect(shown).toBe(
      "├── Waiting for task resources on 1 node.\n" +
        "└── Job started. Streaming logs... (Ctrl-C to exit log streaming; job will not be killed)\n" +
        "(train, pid=40) hello\n(train, pid=40) world\n✓ Job finished (status: SUCCEEDED).\n",
    );
  });

  test("setup is told while it runs, and how long it took", () => {
    let now = 0;
    const renderer = createLogRenderer({ decorate: true, monotonic: () => now, setupNotes: "inline" });
    const steps: (readonly [LogFrame, Uint8Array])[] = [
      [aJob(2, { state: "SETTING_UP", setupForMs: 30_000 }), none],
      [output(1, "setup"), bytes("half a line")],
      [aJob(2), none],
      [output(0), bytes("hi\n")],
    ];
    const parts = steps.map(([frame, body], at) => {
      now = at * 65_000;
      return text(renderer.push(frame, body));
    });

    expect(parts[0]).toEndWith("⚙ Setup is running on 2 nodes.\n");
    expect(parts.slice(1)).toEqual([
      "",
      "",
      "(setup, node=worker1) half a line\n⚙ Setup finished (2 min 40 s).\n(head, rank=0, pid=40) hi\n",
    ]);
  });

  test("setup that failed is not said to have finished", () => {
    const shown = rendered([
      [aJob(1, { state: "SETTING_UP" }), none],
      [{ t: "end", jobId: 1, state: "FAILED_SETUP", reason: "setup ended with 3" }, none],
    ]);

    expect(shown).toEndWith(
      "⚙ Setup is running on 1 node.\nERROR: setup ended with 3\n⨯ Job finished (status: FAILED_SETUP).\n",
    );
  });

  test("ranks of several nodes say who they are", () => {
    const shown = rendered(
      [
        [aJob(2), none],
        [output(0), bytes("a\n")],
        [output(1), bytes("b\n")],
      ],
      false,
    );

    expect(shown).toBe("(head, rank=0, pid=40) a\n(worker1, rank=1, pid=41, ip=127.1.0.2) b\n");
  });

  test("a failed job tells its reason before the footer", () => {
    const shown = rendered([
      [aJob(1), none],
      [{ t: "end", jobId: 1, state: "FAILED", reason: "rank 0 ended with 3" }, none],
    ]);

    expect(shown).toEndWith("ERROR: rank 0 ended with 3\n⨯ Job finished (status: FAILED).\n");
  });

  test("on one node an unfinished line is shown at once and goes on without a second prefix", () => {
    const renderer = createLogRenderer({ decorate: false });
    renderer.push(aJob(1), none);

    expect(text(renderer.push(output(0), bytes("Password: ")))).toBe("(train, pid=40) Password: ");
    expect(text(renderer.push(output(0), bytes("ok\n")))).toBe("ok\n");
  });

  test("lines of several ranks do not mix", () => {
    const shown = rendered(
      [
        [aJob(2), none],
        [output(0), bytes("one ")],
        [output(1), bytes("two\n")],
        [output(0), bytes("three\n")],
      ],
      false,
    );

    expect(shown).toBe("(worker1, rank=1, pid=41, ip=127.1.0.2) two\n(head, rank=0, pid=40) one three\n");
  });

  test("a progress bar keeps its prefix after each carriage return, and \\r\\n is one line end even when it is cut", () => {
    const shown = rendered(
      [
        [aJob(1), none],
        [output(0), bytes("10%\r20%\rdone\r")],
        [output(0), bytes("\nnext\n")],
      ],
      false,
    );

    expect(shown).toBe("(train, pid=40) 10%\r(train, pid=40) 20%\r(train, pid=40) done\r\n(train, pid=40) next\n");
  });

  test("the footer begins on its own line after an unfinished one", () => {
    const shown = rendered([
      [aJob(1), none],
      [output(0), bytes("no newline")],
      [{ t: "end", jobId: 1, state: "SUCCEEDED" }, none],
    ]);

    expect(shown).toEndWith("(train, pid=40) no newline\n✓ Job finished (status: SUCCEEDED).\n");
  });

  test("every byte of every rank comes out once and in order, whatever the bytes and the cuts", () => {
    // Line ends are rarer in chance than in life.
    const lineEnds: Readonly<Record<number, number>> = { 0: 0x0a, 6: 0x0a, 11: 0x0d };
    const piece = fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.uint8Array({ minLength: 1, maxLength: 20 }).map((raw) => raw.map((byte) => lineEnds[byte % 12] ?? byte)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(piece, { maxLength: 30 }), (nodes, pieces) => {
        const renderer = createLogRenderer({ decorate: false });
        const mine = pieces.map(([rank, body]) => [rank % nodes, body] as const);
        // Prefixes are replaced by marks that the bytes cannot hold by chance: each rank is compared by itself.
        const parts = [renderer.push(aJob(nodes), none)];
        for (const [rank, body] of mine) parts.push(renderer.push(output(rank), body));
        parts.push(renderer.flush());
        const shown = Buffer.concat(parts).toString("latin1");
        for (let rank = 0; rank < nodes; rank += 1) {
          const expected = Buffer.concat(mine.filter(([each]) => each === rank).map(([, body]) => body)).toString(
            "latin1",
          );
          // An unfinished last line may have been ended by us.
          expect([expected, `${expected}\n`]).toContain(outputOf(shown, nodes, rank));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The dumb twin: takes a rank's bytes out of the rendering again. */
function outputOf(shown: string, nodes: number, rank: number): string {
  const prefixes = Array.from({ length: nodes }, (_, each) => {
    if (nodes === 1) return "(train, pid=40) ";
    return each === 0
      ? "(head, rank=0, pid=40) "
      : `(worker${each}, rank=${each}, pid=${40 + each}, ip=127.1.0.${each + 1}) `;
  });
  const pattern = new RegExp(`(${prefixes.map((prefix) => prefix.replace(/[()]/g, "\\$&")).join("|")})`);
  const found = shown.split(pattern);
  let mine = "";
  for (let at = 1; at < found.length; at += 2) if (found[at] === prefixes[rank]) mine += found[at + 1] ?? "";
  return mine;
}
