// Streams a request's log from an offset (or its last lines) until the request has ended and every byte was given.
import { closeSync, openSync, readSync } from "node:fs";
import type { RequestLogs } from "#controller/ports/request-logs.ts";

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

export interface StreamOptions {
  readonly path: string;
  readonly offset: number;
  /** Wait for more until `isOver` says that nothing comes any more. */
  readonly follow: boolean;
  /** Resolves when there may be more. */
  readonly changed: (signal: AbortSignal) => Promise<void>;
  readonly isOver: () => Promise<boolean>;
}

/** A file that does not exist yet is empty. */
export function streamFile(options: StreamOptions): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  let at = options.offset;
  return new ReadableStream({
    async pull(controller) {
      while (!gone.signal.aborted) {
        // Asked before reading: what is written after the end was seen cannot be missed.
        const change = options.changed(gone.signal);
        const over = !options.follow || (await options.isOver());
        const chunk = readAt(options.path, at);
        if (chunk.length > 0) {
          at += chunk.length;
          controller.enqueue(chunk);
          return;
        }
        if (over) return controller.close();
        await change;
      }
    },
    cancel: () => gone.abort(),
  });
}

/** Where the last `lines` lines of a file begin. */
export async function tailOffset(path: string, lines: number): Promise<number> {
  const bytes = new Uint8Array(
    await Bun.file(path)
      .arrayBuffer()
      .catch(() => new ArrayBuffer(0)),
  );
  let at = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  for (let found = 0; found < lines && at >= 0; found += 1) at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1);
  return at + 1;
}

/** Read at once: a piece from the page cache takes microseconds, three turns through the runtime's threads take more. */
function readAt(path: string, offset: number): Uint8Array {
  const file = tryOpen(path);
  if (file === null) return new Uint8Array();
  try {
    const buffer = new Uint8Array(CHUNK_BYTES);
    return buffer.subarray(0, readSync(file, buffer, 0, CHUNK_BYTES, offset));
  } finally {
    closeSync(file);
  }
}

function tryOpen(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch {
    return null;
  }
}

/** For a request: woken by its lines and its end. */
export function streamRequest(
  logs: RequestLogs,
  id: string,
  offset: number,
  follow: boolean,
  isOver: () => Promise<boolean>,
): ReadableStream<Uint8Array> {
  return streamFile({ path: logs.pathOf(id), offset, follow, isOver, changed: (signal) => logs.changed(id, signal) });
}
