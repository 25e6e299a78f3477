// Reads a rank's output from its file: by offset, waiting for more if asked to, and where the last lines begin.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Clock } from "#shared/clock.ts";
import { logPath, readPid, readRecord } from "../node/record.ts";
import type { LogChunk, LogFiles } from "./log-files.ts";

/** A waiting reader looks this often: within 10 ms of a write, at a few microseconds a look. */
const LOOK_MS = 5;
/** After this long without a byte the reader looks less often. */
const BUSY_MS = 2_000;
const QUIET_LOOK_MS = 20;
const TAIL_STEP_BYTES = 64 * 1024;
/** Lines asked for at most are looked for this far back: 64 MB is a second of reading. */
const TAIL_BYTES_MAX = 64 * 1024 * 1024;
const NEWLINE = 10;

/** The files of `<agent folder>/jobs`. */
export function jobLogFiles(jobsFolder: string): LogFiles {
  return {
    read: (key, off, max) => readLog(logPath(jobsFolder, key), off, max),
    tail: (key, lines) => tailOffset(logPath(jobsFolder, key), lines),
    writer: (key) => readPid(jobsFolder, key),
    hasExited: (key) => readRecord(jobsFolder, key).is === "exited",
  };
}

/** Size and the bytes from `off`, at most `max`; a file that is not there is empty. */
export function readLog(path: string, off: number, max: number): LogChunk {
  const file = tryOpen(path);
  if (file === null) return { size: 0, bytes: new Uint8Array() };
  try {
    const { size } = fstatSync(file);
    const bytes = new Uint8Array(Math.max(0, Math.min(max, size - off)));
    const n = bytes.length === 0 ? 0 : readSync(file, bytes, 0, bytes.length, off);
    return { size, bytes: bytes.subarray(0, n) };
  } finally {
    closeSync(file);
  }
}

/**
 * What `read` gives from `off`, waiting up to `waitMs` until there is something, the file is shorter than `off`, or `isFinal`
 * says that nothing more will come.
 */
export async function readLogWhenThere(
  read: () => LogChunk,
  ask: { readonly off: number; readonly waitMs: number },
  isFinal: () => boolean,
  clock: Clock,
): Promise<LogChunk & { readonly final: boolean }> {
  const since = clock.monotonic();
  for (;;) {
    // In this order: what was written before the end is in the file when the end is known.
    const final = isFinal();
    const chunk = read();
    const waited = clock.monotonic() - since;
    if (final || chunk.bytes.length > 0 || chunk.size < ask.off || waited >= ask.waitMs) return { ...chunk, final };
    await clock.sleep(Math.min(waited < BUSY_MS ? LOOK_MS : QUIET_LOOK_MS, ask.waitMs - waited));
  }
}

/** Where the last `lines` lines begin; 0 when there are fewer or lines ≤ 0. Reads backwards, never the whole file. */
export function tailOffset(path: string, lines: number): { size: number; tailOff: number } {
  const file = tryOpen(path);
  if (file === null) return { size: 0, tailOff: 0 };
  try {
    const { size } = fstatSync(file);
    return { size, tailOff: lines <= 0 ? 0 : findTail(file, size, lines) };
  } finally {
    closeSync(file);
  }
}

function findTail(file: number, size: number, lines: number): number {
  const buffer = new Uint8Array(TAIL_STEP_BYTES);
  let seen = 0;
  const stopAt = Math.max(0, size - TAIL_BYTES_MAX);
  for (let end = size; end > stopAt;) {
    const begin = Math.max(stopAt, end - TAIL_STEP_BYTES);
    const n = readSync(file, buffer, 0, end - begin, begin);
    for (let at = n - 1; at >= 0; at--) {
      // The newline that ends the last line begins no other.
      if (buffer[at] !== NEWLINE || begin + at === size - 1) continue;
      seen++;
      if (seen === lines) return begin + at + 1;
    }
    end = begin;
  }
  return stopAt;
}

function tryOpen(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch {
    return null;
  }
}
