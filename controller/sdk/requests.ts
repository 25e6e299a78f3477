// Long calls: submit, follow the request's log from an offset through any break, and get its value or its error.
import { requestState } from "#shared/lifecycle/request.ts";
import { REQUEST_KEY_HEADER, STIX_VERSION_HEADER } from "#shared/api/request-key.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { call, callJson, isRefused, type CallOptions, type Connection, type JsonRecord } from "./connection.ts";
import { cancelledRequest, errorOfAnswer, errorOfRecord } from "./answer-errors.ts";
import { field } from "./read.ts";

const REQUEST_ID_HEADER = "x-skypilot-request-id";
const STREAM_ID_HEADER = "x-skypilot-stream-request-id";

// A restart of the server takes about a second; a machine that wakes up needs its network back.
const RETRY_FIRST_MS = 50;
const RETRY_MOST_MS = 2_000;
const GIVE_UP_AFTER_MS = 120_000;

/**
 * The id of the request that the server wrote down. The call carries a key, so that it can be sent again when the server
 * dies before it answers: it is one request however often it arrives.
 */
export async function submit(
  connection: Connection,
  path: string,
  body: JsonRecord,
  options: CallOptions = {},
): Promise<string> {
  return requestIdOf(await submitForAnswer(connection, path, body, options));
}

/** As `submit`; gives the whole answer, whose body may go on with frames. */
export async function submitForAnswer(
  connection: Connection,
  path: string,
  body: JsonRecord,
  options: CallOptions = {},
): Promise<Response> {
  const headers = { ...options.headers, [REQUEST_KEY_HEADER]: connection.random.uuid() };
  const send = () => call(connection, "POST", path, { ...options, headers, body });
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
  const health = await persistently(connection, signal, () =>
    call(connection, "GET", "/api/health", signal && { signal }),
  );
  return health.headers.has(STIX_VERSION_HEADER);
}

/** The same for calls that have no body. */
export async function submitGet(connection: Connection, path: string, options: CallOptions = {}): Promise<string> {
  return requestIdOf(await call(connection, "GET", path, options));
}

export function requestIdOf(response: Response): string {
  const id = response.headers.get(REQUEST_ID_HEADER);
  if (id !== null && id !== "") return id;
  throw new StixError({ code: "internal", message: "the server gave no request id", hint: "{program} api info" });
}

/** Waits for the end of a request. Throws its error. */
export async function valueOf(connection: Connection, requestId: string, signal?: AbortSignal): Promise<unknown> {
  const response = await persistently(connection, signal, () =>
    call(connection, "GET", "/api/get", {
      query: { request_id: requestId },
      anyStatus: true,
      ...(signal && { signal }),
    }),
  );
  if (response.ok) return returnValue(await response.json(), requestId);
  throw await errorOfAnswer(response, connection.endpoint, requestId);
}

/** Submits and waits, without showing the request's log. */
export async function ask(
  connection: Connection,
  path: string,
  body: JsonRecord,
  signal?: AbortSignal,
): Promise<unknown> {
  return await valueOf(connection, await submit(connection, path, body, signal && { signal }), signal);
}

/**
 * Gives the request's log to `write` as it comes, each byte once, until the request has ended; goes on from where it was
 * when the server dies in between. `tail`: only the last lines of what is there already.
 */
export async function followRequest(
  connection: Connection,
  requestId: string,
  write: (chunk: Uint8Array) => void,
  options: {
    readonly signal?: AbortSignal;
    readonly tail?: number;
    readonly follow?: boolean;
    readonly format?: "console" | "plain";
    readonly offset?: number;
  } = {},
): Promise<void> {
  let offset = options.offset ?? 0;
  const { signal } = options;
  await persistently(connection, signal, async (progressed) => {
    const response = await call(connection, "GET", "/api/stream", {
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
    if (response.headers.get(STREAM_ID_HEADER) === null && response.body === null) return;
    const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
    for await (const chunk of chunks) {
      offset += chunk.length;
      progressed();
      write(chunk);
    }
  });
}

/** Runs `attempt` again after breaks of the line, with growing pauses, until it gives up after two minutes without progress. */
export async function persistently<T>(
  connection: Connection,
  signal: AbortSignal | undefined,
  attempt: (progressed: () => void) => Promise<T>,
): Promise<T> {
  let since = connection.clock.monotonic();
  let pause = RETRY_FIRST_MS;
  const progressed = () => {
    since = connection.clock.monotonic();
    pause = RETRY_FIRST_MS;
  };
  for (;;) {
    const end = connection.watch.begin("long");
    try {
      return await attempt(progressed);
    } catch (error) {
      connection.interrupted().throwIfAborted();
      connection.watch.signal.throwIfAborted();
      signal?.throwIfAborted();
      if (!isBreak(error) || connection.clock.monotonic() - since > GIVE_UP_AFTER_MS) throw error;
      await connection.clock.sleep(pause, signal);
      pause = Math.min(RETRY_MOST_MS, pause * 2);
      // A local server that died is started again here; a remote one is only waited for.
      if (connection.endpoint.local) await connection.revive(error);
    } finally {
      end();
    }
  }
}

/** True for a line that broke or a server that is gone; false for what the server said, and for our own mistakes. */
export function isBreak(error: unknown): boolean {
  if (error instanceof StixError) return error.code === "server-unreachable";
  return (
    error instanceof Error &&
    (error.name === "TimeoutError" || typeof Object.getOwnPropertyDescriptor(error, "code")?.value === "string")
  );
}

/** Records of requests, newest first. */
export async function listRequests(
  connection: Connection,
  query: NonNullable<CallOptions["query"]>,
): Promise<readonly unknown[]> {
  const answer = await callJson(connection, "GET", "/api/status", { query });
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
