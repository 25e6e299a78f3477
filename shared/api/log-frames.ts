// Frames of a followed job's output between server and our own client: a small header, then raw bytes, so that the
// client always knows how far it has come and can go on after any break without losing or doubling a byte.
import { z } from "zod";
import { jobStates } from "../lifecycle/job.ts";

/** Content type of the answer of `POST /stix/v1/logs`. */
export const LOG_FRAMES_TYPE = "application/vnd.stix.log-frames";

export const logFollowBodySchema = z.object({
  cluster_name: z.string(),
  /** null: the newest job. */
  job_id: z.number().int().nullable(),
  follow: z.boolean(),
  /** Begin with the last n lines of every stream; 0: from the beginning. Not used where a cursor is given. */
  tail: z.number().int().nonnegative(),
  /** Where to go on, by "<attempt>/<stream>/<rank>", for example "1/run/0": 4096. */
  cursors: z.record(z.string(), z.number().int().nonnegative()),
});
export type LogFollowBody = z.infer<typeof logFollowBodySchema>;

export const logFrameSchema = z.discriminatedUnion("t", [
  z.object({
    t: z.literal("job"),
    jobId: z.number().int(),
    name: z.string().nullable(),
    state: z.enum(jobStates),
    attempt: z.number().int(),
    /** One for each rank; nodeName is "head" or "worker1"…; empty before the job has nodes. */
    ranks: z.array(z.object({ rank: z.number().int(), nodeName: z.string(), ip: z.string(), pid: z.number().int().nullable() })),
    clusterNodes: z.number().int(),
    /** Process of the setup phase by node index, as far as known. */
    setupPids: z.array(z.number().int().nullable()).optional(),
  }),
  /** The body's bytes stand at `off` of this stream's file. */
  z.object({ t: z.literal("out"), attempt: z.number().int(), stream: z.enum(["setup", "run"]), rank: z.number().int(), off: z.number().int() }),
  /** The job is final and all its output was sent. */
  z.object({ t: z.literal("end"), jobId: z.number().int(), state: z.enum(jobStates), reason: z.string().nullable().optional() }),
  z.object({ t: z.literal("ping") }),
  z.object({ t: z.literal("error"), code: z.string(), message: z.string(), hint: z.string() }),
]);
export type LogFrame = z.infer<typeof logFrameSchema>;

const HEADER_BYTES = 8;
/** No header is longer: a job frame of 10,000 ranks is about 1 MB. */
const HEADER_LIMIT = 4 * 1024 * 1024;

export function cursorKey(attempt: number, stream: "setup" | "run", rank: number): string {
  return `${attempt}/${stream}/${rank}`;
}

/** [u32 header length][u32 body length][header JSON][body], big endian. */
export function encodeLogFrame(frame: LogFrame, body: Uint8Array = new Uint8Array()): Uint8Array {
  const header = new TextEncoder().encode(JSON.stringify(frame));
  const out = new Uint8Array(HEADER_BYTES + header.length + body.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, header.length);
  view.setUint32(4, body.length);
  out.set(header, HEADER_BYTES);
  out.set(body, HEADER_BYTES + header.length);
  return out;
}

/** Feeds on chunks of any size; gives whole frames. Throws on a header that cannot be ours. */
export function createLogFrameDecoder(): (chunk: Uint8Array) => { frame: LogFrame; body: Uint8Array }[] {
  let rest = new Uint8Array();
  return (chunk) => {
    rest = rest.length === 0 ? new Uint8Array(chunk) : concatenated(rest, chunk);
    const frames: { frame: LogFrame; body: Uint8Array }[] = [];
    let at = 0;
    while (rest.length - at >= HEADER_BYTES) {
      const view = new DataView(rest.buffer, rest.byteOffset + at);
      const headerLength = view.getUint32(0);
      const bodyLength = view.getUint32(4);
      if (headerLength > HEADER_LIMIT) throw new RangeError("not a log frame: header too long");
      const end = at + HEADER_BYTES + headerLength + bodyLength;
      if (rest.length < end) break;
      const headerEnd = at + HEADER_BYTES + headerLength;
      const text = new TextDecoder().decode(rest.subarray(at + HEADER_BYTES, headerEnd));
      frames.push({ frame: logFrameSchema.parse(JSON.parse(text)), body: rest.slice(headerEnd, end) });
      at = end;
    }
    rest = rest.slice(at);
    return frames;
  };
}

function concatenated(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(left.length + right.length);
  out.set(left);
  out.set(right, left.length);
  return out;
}
