// Clock, timers and chance come from shared/clock.ts alone: what asks the system itself cannot be simulated.
import { describe, expect, test } from "bun:test";
import { sourceFile, sourceFiles, type SourceFile } from "./source-files.ts";

/** Calls that ask the system for the time, for a timer, or for chance that decides. Bytes for secrets and names of drafts decide nothing. */
const raw =
  /(?<![.\w])(?:setTimeout|setInterval|setImmediate|clearTimeout|clearInterval|queueMicrotask)\s*\(|\b(?:Date\.now|performance\.now|Math\.random|AbortSignal\.timeout|Bun\.sleep|Bun\.sleepSync|crypto\.randomUUID)\s*\(|\bnew Date\(\s*\)|["'](?:node:)?timers(?:\/promises)?["']/g;

const product = (file: SourceFile) =>
  /^(shared|catalog|controller|skylet)\//.test(file.path) &&
  !/\.test\.tsx?$|\.gen\.ts$/.test(file.path) &&
  file.path !== "shared/clock.ts";

const callsIn = (file: SourceFile) => [...file.code.matchAll(raw)].map(([call]) => `${file.path}: ${call}`);

describe("house/time", () => {
  test("raw calls are found, and what only looks like one is not", () => {
    const planted = sourceFile(
      "skylet/planted.ts",
      'setTimeout(f, 1); socket.setTimeout(5); const at = Date.now(); new Date(); new Date(at); Bun.sleep(1); import { setTimeout as pause } from "node:timers/promises"; // Math.random()\n',
    );

    expect(callsIn(planted).map((call) => call.split(": ")[1])).toEqual([
      "setTimeout(",
      "Date.now(",
      "new Date()",
      "Bun.sleep(",
      '"node:timers/promises"',
    ]);
  });

  test("nobody but shared/clock.ts asks the system for time or chance", () => {
    expect(sourceFiles().filter(product).flatMap(callsIn)).toEqual([]);
  });
});
