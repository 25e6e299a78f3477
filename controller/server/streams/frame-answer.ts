// An answer of frames: told by one piece of work, kept alive while it is silent, and ended by an error frame where it failed.
import { realTime } from "#shared/clock.ts";
import { encodeLogFrame, type LogFrame } from "#shared/api/log-frames.ts";
import { failureOf } from "#controller/operations/request-failure.ts";
import { framePipe } from "./frame-pipe.ts";

/** Keeps proxies from closing a silent line, and tells a client that the server lives. */
const PING_MS = 15_000;

export type EmitFrame = (frame: LogFrame, bytes?: Uint8Array) => Promise<void>;

/** The body of the answer. `tell` is given a signal that is aborted when the reader went away. */
export function frameAnswer(
  tell: (emit: EmitFrame, signal: AbortSignal) => Promise<unknown>,
): ReadableStream<Uint8Array> {
  const pipe = framePipe<Uint8Array>();
  const emit: EmitFrame = (frame, bytes) => pipe.push(encodeLogFrame(frame, bytes));
  const endPings = realTime.every(PING_MS, () => void emit({ t: "ping" }).catch(() => undefined));
  void tell(emit, pipe.signal)
    .catch(async (error: unknown) => {
      const { code, message, hint } = failureOf(error);
      await emit({ t: "error", code, message, hint });
    })
    // Nobody is left to be told.
    .catch(() => undefined)
    .finally(() => {
      endPings();
      pipe.end();
    });
  return pipe.stream;
}
