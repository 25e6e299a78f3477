// Frames of a followed job's output between server and our own client: a small header, then raw bytes, so that the
// client always knows how far it has come and can go on after any break without losing or doubling a byte.
import { jobStates, type JobState } from "../lifecycle/job.ts";

/** Content type of the answer of `POST /stix/v1/logs`, and of a long call that carries FOLLOW_HEADER. */
export const LOG_FRAMES_TYPE = "application/vnd.stix.log-frames";

/**
 * On a long call: answer with frames instead of only an id. "request": its log and value; "job": then also the output of
 * the job that it submitted. A server that does not know the header answers the id alone, as always.
 */
export const FOLLOW_HEADER = "X-Stix-Follow";
export type FollowWish = "request" | "job";

export type LogStream = "setup" | "run";

export interface RankPlace {
  readonly rank: number;
  /** "head" or "worker1"… */
  readonly nodeName: string;
  readonly ip: string;
  readonly pid: number | null;
}

export type LogFrame =
  | {
      readonly t: "job";
      readonly jobId: number;
      readonly name: string | null;
      readonly state: JobState;
      readonly attempt: number;
      /** Empty before the job has nodes. */
      readonly ranks: readonly RankPlace[];
      readonly clusterNodes: number;
      /** How many the job asks for; servers before it did not say. */
      readonly numNodes?: number | undefined;
      /** Process of the setup phase by node index, as far as known. */
      readonly setupPids?: readonly (number | null)[] | undefined;
      /** Milliseconds that setup had been running when this was sent; absent when it does not run. */
      readonly setupForMs?: number | undefined;
    }
  /** The body's bytes stand at `off` of this stream's file. */
  | {
      readonly t: "out";
      readonly attempt: number;
      readonly stream: LogStream;
      readonly rank: number;
      readonly off: number;
    }
  /** The job is final and all its output was sent. */
  | { readonly t: "end"; readonly jobId: number; readonly state: JobState; readonly reason?: string | null | undefined }
  /** The body's bytes stand at `off` of the request's log. */
  | { readonly t: "log"; readonly off: number }
  /** The request succeeded; the body is its value as JSON. */
  | { readonly t: "value" }
  /** The line lives. `note`: what the reader should know meanwhile, one sentence; clients from before it ignore it. */
  | { readonly t: "ping"; readonly note?: string | undefined }
  | { readonly t: "error"; readonly code: string; readonly message: string; readonly hint: string };

const HEADER_BYTES = 8;
/** No header is longer: a job frame of 10,000 ranks is about 1 MB. */
const HEADER_LIMIT = 4 * 1024 * 1024;

export function cursorKey(attempt: number, stream: LogStream, rank: number): string {
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
      frames.push({ frame: parseLogFrame(JSON.parse(text)), body: rest.slice(headerEnd, end) });
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

/**
 * The frame in a header's JSON; unknown fields are dropped. Throws RangeError for anything else. Read by hand: a schema
 * library costs each followed command 10 ms.
 */
export function parseLogFrame(value: unknown): LogFrame {
  const t = get(value, "t");
  switch (t) {
    case "job": {
      const setupPids = get(value, "setupPids");
      const setupForMs = get(value, "setupForMs");
      const hasNumNodes = get(value, "numNodes") !== undefined;
      return {
        t,
        jobId: whole(value, "jobId"),
        name: textOrNull(value, "name"),
        state: jobState(value),
        attempt: whole(value, "attempt"),
        ranks: items(get(value, "ranks")).map((rank) => ({
          rank: whole(rank, "rank"),
          nodeName: text(rank, "nodeName"),
          ip: text(rank, "ip"),
          pid: wholeOrNull(get(rank, "pid"), "pid"),
        })),
        clusterNodes: whole(value, "clusterNodes"),
        ...(hasNumNodes && { numNodes: whole(value, "numNodes") }),
        ...(setupPids !== undefined && { setupPids: items(setupPids).map((pid) => wholeOrNull(pid, "setupPids")) }),
        ...(setupForMs !== undefined && { setupForMs: whole(value, "setupForMs") }),
      };
    }
    case "out": {
      const stream = get(value, "stream");
      if (stream !== "setup" && stream !== "run") throw bad("stream");
      return { t, attempt: whole(value, "attempt"), stream, rank: whole(value, "rank"), off: whole(value, "off") };
    }
    case "end": {
      const reason = get(value, "reason");
      return {
        t,
        jobId: whole(value, "jobId"),
        state: jobState(value),
        ...(reason !== undefined && { reason: textOrNull(value, "reason") }),
      };
    }
    case "log":
      return { t, off: whole(value, "off") };
    case "value":
      return { t };
    case "ping": {
      const note = get(value, "note");
      return { t, ...(typeof note === "string" && { note }) };
    }
    case "error":
      return { t, code: text(value, "code"), message: text(value, "message"), hint: text(value, "hint") };
    default:
      throw bad("t");
  }
}

function get(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function whole(value: unknown, name: string): number {
  const found = wholeOrNull(get(value, name), name);
  if (found === null) throw bad(name);
  return found;
}

function wholeOrNull(found: unknown, name: string): number | null {
  if (found === null) return null;
  if (typeof found !== "number" || !Number.isInteger(found)) throw bad(name);
  return found;
}

function text(value: unknown, name: string): string {
  const found = textOrNull(value, name);
  if (found === null) throw bad(name);
  return found;
}

function textOrNull(value: unknown, name: string): string | null {
  const found = get(value, name);
  if (found !== null && typeof found !== "string") throw bad(name);
  return found;
}

function items(found: unknown): readonly unknown[] {
  if (!Array.isArray(found)) throw bad("a list");
  return found;
}

function jobState(value: unknown): JobState {
  const found = jobStates.find((state) => state === get(value, "state"));
  if (found === undefined) throw bad("state");
  return found;
}

function bad(name: string): RangeError {
  return new RangeError(`not a log frame: ${name} is missing or of another kind`);
}
