// One server as the client sees it: an address, the headers and base fields of every call, and errors as ours.
import { callPath, calls, type Call, type CallName } from "#shared/api/calls.ts";
import type { CallBody, CallQuery, CallResult } from "#shared/api/routes.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { directOnLoopback } from "#shared/loopback.ts";
import { api } from "#shared/version.ts";
import { realTime, type Clock, type Random } from "#shared/clock.ts";
import type { Endpoint } from "./endpoint.ts";
import { errorOfAnswer } from "./answer-errors.ts";
import type { ServerWatch } from "./server-watch.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };
export type JsonRecord = { readonly [key: string]: Json | undefined };

export interface Connection {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly random: Random;
  /** Who asks: eight hex digits. */
  readonly userHash: () => string;
  /** Headers beside those of every client, asked for each call: a server that was started again wants another token. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** What to say when another program answers at the address of our own server. */
  readonly stranger: () => StixError;
  /** Fields of every JSON body: who asks, from which command, with which configuration. */
  readonly baseBody: () => JsonRecord;
  /** Done once before the first call: makes sure that it is our server that will get it. */
  readonly ready: () => Promise<void>;
  /** Called when the server is gone: starts the local one again, or throws for a remote one. */
  readonly revive: (cause: unknown) => Promise<void>;
  readonly token: string | undefined;
  /** Looks after the server while something is awaited from it. */
  readonly watch: ServerWatch;
  /** Aborted by Ctrl-C: nothing is waited for after that. */
  readonly interrupted: () => AbortSignal;
}

/** Values after the question mark. */
export type Query<Name extends CallName> = Readonly<
  Partial<Record<CallQuery<Name>, string | readonly string[] | undefined>>
>;

export interface CallOptions<Name extends CallName> {
  readonly query?: Query<Name>;
  /** Of a path such as "/api/completion/:what". */
  readonly parts?: Readonly<Record<string, string>>;
  readonly body?: CallBody<Name>;
  readonly raw?: Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds for the answer to begin; none for streams and long polls. */
  readonly timeoutMs?: number;
  /** Give the answer whatever its status. */
  readonly anyStatus?: boolean;
  /** Do not start a server when none answers. */
  readonly noRevive?: boolean;
}

/** Our own server may have a busy machine under it, and who waits is told so; another's may be unreachable without a word. */
const ANSWER_TIMEOUT_MS = { local: 120_000, remote: 30_000 };

/** A server that is killed again and again while it is asked is not asked for ever. */
const TRIES = 5;
const BREAK_PAUSE_MS = 50;

/**
 * The answer as it comes. Sent again when nobody listened, and, where that cannot do a thing twice, when the line broke before
 * the answer: a server that was killed in between is started again. Throws StixError: `server-unreachable`, or what the server
 * says.
 */
export async function call<Name extends CallName>(
  connection: Connection,
  name: Name,
  options: CallOptions<Name> = {},
): Promise<Response> {
  if (options.noRevive !== true) await connection.ready();
  const response = await answered(connection, name, options);
  checkSpeaker(connection, response);
  if (response.ok || options.anyStatus === true) return response;
  throw await errorOfAnswer(response, connection.endpoint);
}

async function answered<Name extends CallName>(
  connection: Connection,
  name: Name,
  options: CallOptions<Name>,
): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await watched(connection, options, send(connection, name, options));
    } catch (cause) {
      const again = isRefused(cause) || (mayBeSentTwice(name, options) && isBrokenLine(cause));
      if (options.noRevive === true || !again || tries === TRIES || isGivenUp(connection, options.signal))
        throw unreachable(connection, cause, options.signal);
      try {
        // Nobody listens: a local server is started again, for a remote one this throws.
        if (isRefused(cause) || connection.endpoint.local) await connection.revive(cause);
        else await connection.clock.sleep(BREAK_PAUSE_MS, options.signal);
      } catch (error) {
        throw unreachable(connection, error, options.signal);
      }
    }
  }
}

/** A request is one by its key, which is its sender's matter. A body that comes from elsewhere is gone once it was read. */
function mayBeSentTwice(name: CallName, { raw }: Pick<CallOptions<CallName>, "raw">): boolean {
  const { answers, once }: Call = calls[name];
  return answers !== "request" && once !== true && !(raw instanceof ReadableStream);
}

function isGivenUp(connection: Connection, signal: AbortSignal | undefined): boolean {
  return [signal, connection.interrupted(), connection.watch.signal].some((one) => one?.aborted === true);
}

async function watched(
  connection: Connection,
  options: Pick<CallOptions<CallName>, "timeoutMs">,
  answer: Promise<Response>,
): Promise<Response> {
  // What has no time of its own is a stream or a long poll: the server sends nothing of it before there is something to tell.
  const end = connection.watch.begin(options.timeoutMs === undefined ? "long" : "answer");
  try {
    return await answer;
  } finally {
    end();
  }
}

/** The body as it comes, under the same watch as the answer before it. */
export async function* bodyOf(connection: Connection, response: Response): AsyncGenerator<Uint8Array> {
  const end = connection.watch.begin("long");
  try {
    yield* response.body ?? [];
  } finally {
    end();
  }
}

/** Every server of the API names its version when we name ours. */
function checkSpeaker({ endpoint, stranger }: Connection, response: Response): void {
  const spoken = response.headers.get("x-skypilot-api-version");
  if (spoken === null && endpoint.local) throw stranger();
  if (spoken === null || Number(spoken) >= api.minimum) return;
  const version = response.headers.get("x-skypilot-version") ?? "unknown";
  throw new StixError({
    code: "version-mismatch",
    message: `the API server at ${endpoint.url} is ${version} with API ${spoken}, and this program needs API ${api.minimum} or newer`,
    hint: endpoint.local
      ? "{program} api stop, then {program} api start"
      : "ask for a newer server, or unset the endpoint to use one of your own",
  });
}

async function send<Name extends CallName>(
  connection: Connection,
  name: Name,
  options: CallOptions<Name>,
): Promise<Response> {
  const headers: Record<string, string> = {
    "X-SkyPilot-API-Version": String(api.version),
    "X-SkyPilot-Version": api.compatibleWith,
    "X-SkyPilot-Client-Type": "cli",
    ...connection.headers(),
    ...options.headers,
  };
  if (connection.token !== undefined) headers["Authorization"] = `Bearer ${connection.token}`;
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  const timeout = options.timeoutMs === undefined ? undefined : realTime.deadline(options.timeoutMs);
  const signals = [options.signal, timeout, connection.watch.signal, connection.interrupted()].filter(
    (one) => one !== undefined,
  );
  const body =
    options.raw ??
    (options.body === undefined ? undefined : JSON.stringify({ ...connection.baseBody(), ...options.body }));
  return await fetch(connection.endpoint.url + callPath(name, options.parts) + queryText(options.query), {
    method: calls[name].method,
    headers,
    ...(body !== undefined && { body }),
    signal: AbortSignal.any(signals),
    ...directOnLoopback(connection.endpoint.url),
    // A followed log may be silent for hours; the runtime's own limit would end it.
    ...{ timeout: false },
  });
}

function queryText(query: Readonly<Record<string, string | readonly string[] | undefined>> = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined
      ? []
      : (typeof value === "string" ? [value] : value).map((one) => `${name}=${encodeURIComponent(one)}`),
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

/** JSON of an ordinary answer, within the ordinary time. Of the form that our servers give; another's is read with care. */
export async function callJson<Name extends CallName>(
  connection: Connection,
  name: Name,
  options: CallOptions<Name> = {},
): Promise<CallResult<Name>> {
  const timeoutMs = ANSWER_TIMEOUT_MS[connection.endpoint.local ? "local" : "remote"];
  const response = await call(connection, name, { timeoutMs, ...options });
  const answer: unknown = await response.json();
  return answer as CallResult<Name>;
}

/** True when the connection was not made at all. */
export function isRefused(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Object.getOwnPropertyDescriptor(error, "code")?.value : undefined;
  return code === "ConnectionRefused" || code === "ECONNREFUSED" || code === "FailedToOpenSocket";
}

/** True when the line broke: the other end died or was cut off. False for a time that ran out and for what we stopped ourselves. */
export function isBrokenLine(error: unknown): boolean {
  return error instanceof Error && typeof Object.getOwnPropertyDescriptor(error, "code")?.value === "string";
}

function unreachable(connection: Connection, cause: unknown, signal: AbortSignal | undefined): unknown {
  for (const one of [signal, connection.interrupted(), connection.watch.signal])
    if (one?.aborted === true) return one.reason;
  if (cause instanceof StixError) return cause;
  const { url, from, local } = connection.endpoint;
  return new StixError({
    code: "server-unreachable",
    message: `the API server at ${url} does not answer`,
    hint: local ? "{program} api start" : `curl ${url}${callPath("health")}`,
    details: { why: `${whyUnreachable(cause)}; the address comes from ${from}` },
    cause,
  });
}

function whyUnreachable(cause: unknown): string {
  if (isRefused(cause)) return "nothing listens there";
  if (cause instanceof Error && cause.name === "TimeoutError") return "it gave no answer in time";
  return cause instanceof Error
    ? (cause.message.replace(/^\w+: /, "").split(". ", 1)[0] ?? cause.message)
    : String(cause);
}
