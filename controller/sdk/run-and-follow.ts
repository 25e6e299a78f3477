// A long call and everything that comes of it over one connection: the request's log, its value, its job's output. After a
// break, and with a server that does not know how, each part is fetched by its own call from where it was.
import {
  createLogFrameDecoder,
  cursorKey,
  FOLLOW_HEADER,
  LOG_FRAMES_TYPE,
  type FollowWish,
  type LogFrame,
} from "#shared/api/log-frames.ts";
import type { RequestCallName } from "#shared/api/calls.ts";
import type { CallBody } from "#shared/api/routes.ts";
import { bodyOf, type Connection } from "./connection.ts";
import { follow, followJob, frameError, type JobEnd } from "./logs.ts";
import { numberField } from "./read.ts";
import { followRequest, isBreak, requestIdOf, submitForAnswer, valueOf, type FollowedLog } from "./requests.ts";

/** A call that makes a request, with the body that fits it. */
export type Asked = {
  readonly [Name in RequestCallName]: { readonly name: Name; readonly body: CallBody<Name> };
}[RequestCallName];

export type LongCall = Asked & {
  /** The cluster whose job is followed; undefined: only the request. */
  readonly jobOf: string | undefined;
};

export interface Listener {
  /** The request is durable; it goes on without us. */
  readonly accepted: (requestId: string) => void;
  /** Bytes of the request's log, cut anywhere, each once. */
  readonly log: (chunk: Uint8Array) => void;
  /** The request has ended well. */
  readonly value: (value: unknown) => void;
  /** A frame of the job; every byte of output once. */
  readonly frame: (frame: LogFrame, body: Uint8Array) => Promise<void> | void;
}

export interface Outcome {
  readonly value: unknown;
  /** Undefined: no job was submitted, or it was not to be followed. */
  readonly end: JobEnd | undefined;
}

interface Heard {
  logBytes: number;
  /** Set when the value is there, which may itself be null. */
  value: { readonly is: unknown } | undefined;
  readonly cursors: Record<string, number>;
  end: JobEnd | undefined;
}

/** Throws the request's error, or why it cannot be followed. */
export async function runAndFollow(
  connection: Connection,
  call: LongCall,
  listener: Listener,
  signal: AbortSignal,
): Promise<Outcome> {
  const wish: FollowWish = call.jobOf === undefined ? "request" : "job";
  const answer = await submitForAnswer(connection, call.name, call.body, {
    headers: { [FOLLOW_HEADER]: wish },
    signal,
  });
  const requestId = requestIdOf(answer);
  listener.accepted(requestId);
  const heard: Heard = { logBytes: 0, value: undefined, cursors: {}, end: undefined };
  if (answer.headers.get("content-type")?.startsWith(LOG_FRAMES_TYPE) === true)
    await listen(connection, answer, heard, listener, signal);
  else await answer.body?.cancel();
  heard.value ??= { is: await restOfRequest(connection, requestId, heard, listener, signal) };
  const { is: value } = heard.value;
  if (call.jobOf !== undefined)
    heard.end ??= await restOfJob(connection, call.jobOf, { value, heard }, listener, signal);
  return { value, end: heard.end };
}

/** Until the stream ends, well or by a break: what was heard tells how far it came. */
async function listen(
  connection: Connection,
  answer: Response,
  heard: Heard,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const decode = createLogFrameDecoder();
  try {
    for await (const chunk of bodyOf(connection, answer)) {
      for (const { frame, body } of decode(chunk)) await take(frame, body, heard, listener);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isBreak(error)) throw error;
  }
}

async function take(frame: LogFrame, body: Uint8Array, heard: Heard, listener: Listener): Promise<void> {
  switch (frame.t) {
    case "log":
      heard.logBytes = frame.off + body.length;
      return listener.log(body);
    case "value":
      heard.value = { is: JSON.parse(new TextDecoder().decode(body)) };
      return listener.value(heard.value.is);
    case "error":
      // Before the value it is about the telling, and the request can be asked by itself.
      if (heard.value === undefined) return;
      throw frameError(frame);
    case "ping":
      // What the reader should know meanwhile, as that a worker does not answer.
      return frame.note === undefined ? undefined : await listener.frame(frame, body);
    default:
      await listener.frame(frame, body);
      // Only what was given away counts: a break before this line repeats nothing and loses nothing.
      if (frame.t === "out")
        heard.cursors[cursorKey(frame.attempt, frame.stream, frame.rank)] = frame.off + body.length;
      if (frame.t === "end") heard.end = { jobId: frame.jobId, state: frame.state };
  }
}

async function restOfRequest(
  connection: Connection,
  requestId: string,
  heard: Heard,
  listener: Listener,
  signal: AbortSignal,
): Promise<unknown> {
  // Both at once: the value is often there before the log's stream has closed.
  const [, value] = await Promise.allSettled([
    tellLog(connection, requestId, { signal, offset: heard.logBytes }, listener.log),
    valueOf(connection, requestId, signal),
  ]);
  if (value.status === "rejected") throw value.reason;
  listener.value(value.value);
  return value.value;
}

async function tellLog(
  connection: Connection,
  requestId: string,
  from: FollowedLog,
  tell: (chunk: Uint8Array) => void,
): Promise<void> {
  for await (const chunk of followRequest(connection, requestId, from)) tell(chunk);
}

async function restOfJob(
  connection: Connection,
  cluster: string,
  { value, heard }: { readonly value: unknown; readonly heard: Heard },
  listener: Listener,
  signal: AbortSignal,
): Promise<JobEnd | undefined> {
  const jobId = numberField(value, "job_id");
  if (jobId === undefined) return undefined;
  const job = { cluster, jobId, follow: true, tail: 0, cursors: heard.cursors };
  return await followJob(follow(connection, job, signal), listener.frame);
}
