// Serves the output of jobs that run on this node.
import type { Clock } from "#shared/clock.ts";
import type { NodeLogAsk } from "#shared/wire/bus.ts";
import type { LogChunkHead } from "#shared/wire/rpc.ts";
import { readLogWhenThere } from "./log-file.ts";
import type { LogFiles } from "./log-files.ts";

export interface NodeLogs {
  readonly read: (ask: NodeLogAsk) => Promise<{ head: LogChunkHead; bytes: Uint8Array }>;
  readonly stat: (ask: NodeLogAsk) => { size: number; tailOff: number; final: boolean };
}

/** The oldest is forgotten: its reader would only miss that it was truncated. */
const SIZES_KEPT = 1_000;

/** `gen` of what is read grows when a reader finds the file shorter than it was. */
export function createNodeLogs(files: LogFiles, clock: Clock): NodeLogs {
  const generationOf = createGenerations();
  return {
    read: async (ask) => {
      const { key, off } = ask;
      const { size, bytes, final } = await readLogWhenThere(
        () => files.read(key, off, ask.max),
        ask,
        () => ask.final || files.hasExited(key),
        clock,
      );
      const eof = final && off + bytes.length >= size;
      const gen = generationOf(JSON.stringify(key), size);
      // The node knows its process before the head has heard of it: a short job may be over by then.
      const pid = bytes.length > 0 ? files.writer(key) : null;
      return { head: { off, n: bytes.length, size, gen, attempt: key.attempt, eof, pid }, bytes };
    },
    // In this order: what was written before the end is in the file when the end is known.
    stat: ({ key, final, tailLines }) => {
      const isFinal = final || files.hasExited(key);
      return { ...files.tail(key, tailLines), final: isFinal };
    },
  };
}

function createGenerations(): (name: string, size: number) => number {
  const sizes = new Map<string, { size: number; gen: number }>();
  return (name, size) => {
    const known = sizes.get(name) ?? { size: 0, gen: 0 };
    const gen = size < known.size ? known.gen + 1 : known.gen;
    sizes.delete(name);
    sizes.set(name, { size, gen });
    const oldest = sizes.keys().next();
    if (sizes.size > SIZES_KEPT && oldest.done !== true) sizes.delete(oldest.value);
    return gen;
  };
}

/** A line of JSON, a newline, the bytes. */
export function encodeLogReply(head: LogChunkHead, bytes: Uint8Array): Uint8Array {
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const reply = new Uint8Array(line.length + bytes.length);
  reply.set(line);
  reply.set(bytes, line.length);
  return reply;
}
