// The standard output and the standard error: in order, as fast as the reader takes them, and with one clear end when it takes
// no more. The runtime's own writers lose what could not be written, or break in a place of their own.
import { isDiskFull } from "#shared/os/disk-errors.ts";
import { constants, fstatSync, openSync, write, writeSync } from "node:fs";
import { realTime } from "#shared/clock.ts";
import { errorText, StixError } from "#shared/errors/stix-error.ts";
import type { Output } from "./context.ts";
import { wantsColour } from "#controller/cli/print/colour.ts";
import { isTerminal, terminalColumns } from "./terminal.ts";

/** What shells show for a program that SIGPIPE ended. */
const BROKEN_PIPE_STATUS = 141;
/** A descriptor that would block although it was to wait: somebody who shares it made it so. */
const AGAIN_MS = 5;

export interface RealOutput {
  readonly output: Output;
  /** Everything written has reached the terminal, the file or the pipe. */
  readonly flush: () => Promise<void>;
  /** The reader has not taken all of it yet. */
  readonly isWaiting: () => boolean;
}

/** `failed` is called once, with the first error; what is written after it is dropped. */
export function realOutput(
  fd: 1 | 2,
  env: Readonly<Record<string, string | undefined>>,
  failed: (error: unknown) => void,
): RealOutput {
  const sink = openSink(fd, failed);
  const isTty = isTerminal(fd);
  return {
    flush: async () => await sink.settled(),
    isWaiting: sink.isWaiting,
    output: {
      write: (text) => sink.push(Buffer.from(text)),
      writeBytes: async (bytes) => {
        sink.push(bytes);
        await sink.settled();
      },
      isTty,
      get columns() {
        return isTty ? terminalColumns(fd) : Infinity;
      },
      colour: wantsColour(env, isTty),
    },
  };
}

/** What ends a command whose standard output fails. EPIPE: the reader has gone, as `head` does, and nobody is left to tell. */
export function outputError(error: unknown): StixError | typeof BROKEN_PIPE_STATUS {
  const code = errorCode(error);
  if (code === "EPIPE") return BROKEN_PIPE_STATUS;
  const full = isDiskFull(error) || code === "EFBIG";
  return new StixError({
    code: full ? "disk-full" : "no-permission",
    message: full
      ? "the standard output cannot be written: there is no room left where it goes"
      : `the standard output cannot be written: ${errorText(error)}`,
    hint: full ? "df -h, or write it elsewhere" : "write it to a file or a terminal of yours",
    cause: error,
  });
}

interface Sink {
  readonly push: (bytes: Uint8Array) => void;
  readonly settled: () => Promise<void>;
  readonly isWaiting: () => boolean;
}

function openSink(fd: number, failed: (error: unknown) => void): Sink {
  const direct = directDescriptor(fd);
  const waiting: Uint8Array[] = [];
  let busy: Promise<void> | undefined;
  let broken = false;
  const fail = (error: unknown) => {
    if (!broken) failed(error);
    broken = true;
    waiting.length = 0;
  };
  const drain = async () => {
    for (let bytes = waiting[0]; bytes !== undefined; bytes = waiting[0]) {
      try {
        const rest = bytes.subarray(await writeSome(fd, bytes));
        if (rest.length > 0) waiting[0] = rest;
        else waiting.shift();
      } catch (error) {
        if (errorCode(error) === "EAGAIN") await realTime.sleep(AGAIN_MS);
        else fail(error);
      }
    }
    busy = undefined;
  };
  return {
    push: (bytes) => {
      if (broken || bytes.length === 0) return;
      try {
        const rest = busy === undefined && direct !== undefined ? bytes.subarray(writeAtOnce(direct, bytes)) : bytes;
        if (rest.length === 0) return;
        waiting.push(rest);
        busy ??= drain();
      } catch (error) {
        fail(error);
      }
    },
    settled: async () => await busy,
    isWaiting: () => busy !== undefined,
  };
}

/**
 * The descriptor to write without waiting: files and terminals as they are; a pipe by a description of its own that does not
 * block, so that a reader who reads nothing holds neither Ctrl-C nor the server's answers. Undefined where there is none.
 */
function directDescriptor(fd: number): number | undefined {
  try {
    const facts = fstatSync(fd);
    if (!facts.isFIFO()) return facts.isSocket() ? undefined : fd;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // Not Linux, somebody else's pipe, or one without a reader: the ordinary way tells.
    return undefined;
  }
}

/** How many bytes were taken before it would have had to wait. */
function writeAtOnce(fd: number, bytes: Uint8Array): number {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written, bytes.length - written);
  } catch (error) {
    if (errorCode(error) !== "EAGAIN") throw error;
  }
  return written;
}

function writeSome(fd: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) =>
    write(fd, bytes, (error, written) => (error === null || error === undefined ? resolve(written) : reject(error))),
  );
}

function errorCode(error: unknown): unknown {
  return error instanceof Error ? Object.getOwnPropertyDescriptor(error, "code")?.value : undefined;
}
