// Reading logs by offset, waiting for more, and finding where the last lines begin.
import { afterAll, describe, expect, test } from "bun:test";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { realClock } from "#shared/clock.ts";
import { createNodeLogs } from "./node-logs.ts";
import { logPath } from "../node/record.ts";
import { jobLogFiles, readLog, readLogWhenThere, tailOffset } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "stix-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("jobs/log-file", () => {
  test("the last lines are those a split would give", () => {
    const path = join(folder, "tail");
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ maxLength: 40 }).map((line) => line.replaceAll("\n", "")),
          { maxLength: 60 },
        ),
        fc.boolean(),
        fc.integer({ min: -1, max: 70 }),
        (lines, ended, wanted) => {
          const text = lines.join("\n") + (ended && lines.length > 0 ? "\n" : "");
          writeFileSync(path, text);
          const all = text === "" ? [] : text.replace(/\n$/, "").split("\n");
          const expected =
            wanted <= 0
              ? text
              : text.slice(
                  text.length - [...all.slice(-wanted).join("\n")].join("").length - (text.endsWith("\n") ? 1 : 0),
                );

          const { tailOff } = tailOffset(path, wanted);

          const got = Buffer.from(text).subarray(tailOff).toString();
          expect(got).toBe(wanted >= all.length || wanted <= 0 ? text : expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a waiting reader is woken by the first byte, and by the end", async () => {
    const path = join(folder, "follow");
    writeFileSync(path, "");
    let final = false;
    const waiting = readLogWhenThere(
      () => readLog(path, 0, 100),
      { off: 0, waitMs: 5_000 },
      () => final,
      realClock(),
    );
    setImmediate(() => appendFileSync(path, "x"));
    expect(new TextDecoder().decode((await waiting).bytes)).toBe("x");

    const ending = readLogWhenThere(
      () => readLog(path, 1, 100),
      { off: 1, waitMs: 5_000 },
      () => final,
      realClock(),
    );
    setImmediate(() => (final = true));
    expect(await ending).toMatchObject({ size: 1, final: true });
  });

  test("a truncated file has another generation", async () => {
    const logs = createNodeLogs(jobLogFiles(folder), realClock());
    const key = { jid: 1, attempt: 1, phase: "run", index: 0 } as const;
    const path = logPath(folder, key);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "0123456789");
    const ask = { key, off: 10, max: 10, waitMs: 0, tailLines: 0, final: false };
    const before = (await logs.read(ask)).head.gen;

    truncateSync(path, 2);

    expect((await logs.read(ask)).head.gen).toBe(before + 1);
  });
});
