// Long calls: submit, follow the request's log from an offset through any break, and get its value or its error.
import { requestState } from "#shared/lifecycle/request.ts";
import { REQUEST_KEY_HEADER, STIX_VERSION_HEADER } from "#shared/api/request-key.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { CallName, RequestCallName } from "#shared/api/calls.ts";
import type { CallBody, CallResult } from "#shared/api/routes.ts";
import {
  bodyOf,
  call,
  callJson,
  isBrokenLine,
  isRefused,
  type CallOptions,
  type Connection,
  type Query,
} from "./connection.ts";
import { cancelledRequest, errorOfAnswer, errorOfRecord } from "./answer-errors.ts";
import { field } from "./read.ts";

const REQUEST_ID_HEADER = "x-skypilot-request-id";

// A restart of the server takes about a second; a machine that wakes up needs its network back.
const RETRY_FIRST_MS = 50;
const RETRY_MOST_MS = 2_000;
const GIVE_UP_AFTER_MS = 120_000;

/**
 * The id of the request that the server wrote down. The call carries a key, so that it can be sent again when the server
 * dies before it answers: it is one request however often it arrives.
 */
export async function submit<Name extends RequestCallName>(
  connection: Connection,
  name: Name,
  body: CallBody<Name>,
  options: CallOptions<Name> = {},
): Promise<string> {
  return requestIdOf(await submitForAnswer(connection, name, body, options));
}

/** As `submit`; gives the whole answer, whose body may go on with frames. */
export async function submitForAnswer<Name extends RequestCallName>(
  connection: Connection,
  name: Name,
  body: CallBody<Name>,
  options: CallOptions<Name> = {},
): Promise<Response> {
  const headers = { ...options.headers, [REQUEST_KEY_HEADER]: connection.random.uuid() };
  const send = () => call(connection, name, { ...options, headers, body });
  try {
    return await send();
  } catch (error) {
    options.signal?.throwIfAborted();
    // A server elsewhere that takes no connection at all is not there: that is said at once.
    const absent = !connection.endpoint.local && error instanceof StixError && isRefused(error.cause);
    if (absent || !isBreak(error) || !(await understandsKeys(connection, options.signal))) throw error;
    return await persistently(connection, options.signal, send);
  }
}

/** SkyPilot's own server would do twice what is sent twice. */
async function understandsKeys(connection: Connection, signal: AbortSignal | undefined): Promise<boolean> {
  if (connection.endpoint.local) return true;
  const health = await persistently(connection, signal, () => call(connection, "health", signal && { signal }));
  return health.headers.has(STIX_VERSION_HEADER);
}

/** The same for calls that have no body. */
export async function submitGet<Name extends CallName>(
  connection: Connection,
  name: Name,
  options: CallOptions<Name> = {},
): Promise<string> {
  return requestIdOf(await call(connection, name, options));
}

export function requestIdOf(response: Response): string {
  const id = response.headers.get(REQUEST_ID_HEADER);
  if (id !== null && id !== "") return id;
  throw new StixError({ code: "internal", message: "the server gave no request id", hint: "{program} api info" });
}

/** Waits for the end of a request. Throws its error. */
export async function valueOf(connection: Connection, requestId: string, signal?: AbortSignal): Promise<unknown> {
  const response = await persistently(connection, signal, () =>
    call(connection, "request.get", {
      query: { request_id: requestId },
      anyStatus: true,
      ...(signal && { signal }),
    }),
  );
  if (response.ok) return returnValue(await response.json(), requestId);
  throw await errorOfAnswer(response, connection.endpoint, requestId);
}

/** Submits and waits, without showing the request's log. */
export async function ask<Name extends RequestCallName>(
  connection: Connection,
  name: Name,
  body: CallBody<Name>,
  signal?: AbortSignal,
): Promise<CallResult<Name>> {
  const value = await valueOf(connection, await submit(connection, name, body, signal && { signal }), signal);
  return value as CallResult<Name>;
}

export interface FollowedLog {
  readonly signal?: AbortSignal;
  /** Only the last lines of what is there already. */
  readonly tail?: number;
  readonly follow?: boolean;
  readonly format?: "console" | "plain";
  /** Where to begin, in bytes. */
  readonly offset?: number;
}

/**
 * The request's log as it comes, each byte once, until the request has ended; goes on from where it was when the server dies in
 * between.
 */
export async function* followRequest(
  connection: Connection,
  requestId: string,
  options: FollowedLog = {},
): AsyncGenerator<Uint8Array, void> {
  let offset = options.offset ?? 0;
  const { signal } = options;
  const tries = triesOf(connection, signal);
  for (;;) {
    try {
      const response = await call(connection, "request.stream", {
        query: {
          request_id: requestId,
          follow: options.follow === false ? "false" : "true",
          format: options.format ?? "console",
          ...(offset > 0 ? { offset: String(offset) } : options.tail !== undefined && { tail: String(options.tail) }),
        },
        ...(signal && { signal }),
      });
      // A tail begins in the middle: the server says where. Without its word a break can only begin anew.
      const start = response.headers.get("x-stix-stream-offset");
      if (start !== null) offset = Number(start);
      for await (const chunk of bodyOf(connection, response)) {
        offset += chunk.length;
        tries.progressed();
        yield chunk;
      }
      return;
    } catch (error) {
      await tries.after(error);
    }
  }
}

export interface Tries {
  /** Something came: the patience begins anew. */
  readonly progressed: () => void;
  /** Waits, and starts a local server that died. Throws what is no break of the line, and a break that lasts too long. */
  readonly after: (error: unknown) => Promise<void>;
}

/** Pauses that grow, for two minutes without progress. */
export function triesOf(connection: Connection, signal: AbortSignal | undefined): Tries {
  let since = connection.clock.monotonic();
  let pause = RETRY_FIRST_MS;
  return {
    progressed: () => {
      since = connection.clock.monotonic();
      pause = RETRY_FIRST_MS;
    },
    after: async (error) => {
      connection.interrupted().throwIfAborted();
      connection.watch.signal.throwIfAborted();
      signal?.throwIfAborted();
      if (!isBreak(error) || connection.clock.monotonic() - since > GIVE_UP_AFTER_MS) throw error;
      const end = connection.watch.begin("long");
      try {
        await connection.clock.sleep(pause, signal);
        pause = Math.min(RETRY_MOST_MS, pause * 2);
        // A local server that died is started again here; a remote one is only waited for.
        if (connection.endpoint.local) await connection.revive(error);
      } finally {
        end();
      }
    },
  };
}

/** Runs `attempt` again after breaks of the line. */
export async function persistently<T>(
  connection: Connection,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const tries = triesOf(connection, signal);
  for (;;) {
    const end = connection.watch.begin("long");
    try {
      return await attempt();
    } catch (error) {
      await tries.after(error);
    } finally {
      end();
    }
  }
}

/** True for a line that broke or a server that is gone; false for what the server said, and for our own mistakes. */
export function isBreak(error: unknown): boolean {
  if (error instanceof StixError) return error.code === "server-unreachable";
  return isBrokenLine(error) || (error instanceof Error && error.name === "TimeoutError");
}

/** Records of requests, newest first. */
export async function listRequests(connection: Connection, query: Query<"request.list">): Promise<readonly unknown[]> {
  const answer = await callJson(connection, "request.list", { query });
  return Array.isArray(answer) ? (answer as unknown[]) : [];
}

function returnValue(record: unknown, requestId: string): unknown {
  if (field(record, "status") === requestState.CANCELLED) throw cancelledRequest(requestId);
  const failed = field(record, "error");
  const error = failed === null || failed === "null" ? undefined : errorOfRecord(failed, requestId);
  if (error !== undefined) throw error;
  const text = field(record, "return_value");
  return typeof text === "string" && text !== "" ? JSON.parse(text) : null;
}
