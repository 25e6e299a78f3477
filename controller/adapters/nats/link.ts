// The controller's connection to the hub. The only file of the controller that knows the client library.
import {
  AckPolicy,
  connect,
  credsAuthenticator,
  DeliverPolicy,
  DiscardPolicy,
  ErrorCode,
  Events,
  headers,
  NatsError,
  RetentionPolicy,
  StorageType,
  type KV,
  type NatsConnection,
} from "nats";
import { EVENT_STREAM, STATE_BUCKET } from "#shared/wire/subjects.ts";

/** Why a question got no answer. `disconnected`: the hub went away meanwhile; the question may have been heard. */
export type LinkTrouble = "no-responders" | "timeout" | "disconnected" | "closed" | "too-large" | "refused";

export class LinkError extends Error {
  readonly trouble: LinkTrouble;
  constructor(trouble: LinkTrouble, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "LinkError";
    this.trouble = trouble;
  }
}

export interface IncomingMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Where the answer is wanted; "": nowhere. Its sender chose it freely. */
  readonly reply: string;
  respond(data: string): void;
}

export interface LinkOptions {
  readonly endpoint: string;
  readonly credentials: string;
  /** PEM of the authority to trust; null: no TLS. */
  readonly ca: string | null;
  readonly inboxPrefix: string;
  readonly name: string;
  /** How long the first connection may take. */
  readonly timeoutMs: number;
}

export interface OutgoingEvent {
  readonly subject: string;
  /** Dropped by the hub when it had the same within ten minutes. */
  readonly id: string;
  readonly text: string;
}

export interface StreamState {
  /** Changes when the stream was made anew. */
  readonly created: string;
  readonly lastSeq: number;
}

export interface Link extends AsyncDisposable {
  readonly connected: boolean;
  readonly serverVersion: string;
  request(subject: string, data: string | Uint8Array, timeoutMs: number, signal?: AbortSignal): Promise<Uint8Array>;
  publish(subject: string, data: string): void;
  /** With a `queue`, each message comes to one of all who name the same. */
  subscribe(subject: string, receive: (message: IncomingMessage) => void, queue?: string): void;
  flush(): Promise<void>;
  /** Called at every loss and return of the connection, and once when it ended for good. */
  onChange(receive: (state: "disconnected" | "connected" | "ended") => void): void;
  /** Makes the stream and the bucket of monitors where they are absent. */
  ensureStores(): Promise<StreamState>;
  /** Leaves exactly these consumers at the event stream: each reads by itself from the oldest event on. Others are ended. */
  arrangeConsumers(names: readonly string[]): Promise<void>;
  streamState(): Promise<StreamState | null>;
  /** The message id of the last event in the stream; null when it is empty. */
  lastEventId(): Promise<string | null>;
  /** Each is acknowledged; resolves to the highest sequence number in the stream. */
  publishEvents(events: readonly OutgoingEvent[]): Promise<number>;
  /**
   * Only the last is acknowledged, which is much cheaper. Resolves to its sequence number: that tells whether the others,
   * which were sent before it on the same connection, are in the stream too.
   */
  publishEventsQuickly(events: readonly OutgoingEvent[]): Promise<number>;
  putState(key: string, value: string): Promise<void>;
  purgeState(key: string): Promise<void>;
}

/** A hub that has just started may swallow the first questions to its stores; they are put again after this. */
const STORE_TIMEOUT_MS = 1_500;
const DAY_NS = 86_400_000_000_000;
/** A week of events, at most 1 GiB; within ten minutes a repeated id is dropped by the hub itself. */
const eventStream = {
  name: EVENT_STREAM,
  subjects: ["stix.v1.ev.>"],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_age: 7 * DAY_NS,
  max_bytes: 2 ** 30,
  max_msg_size: 65_536,
  duplicate_window: 600_000_000_000,
  deny_delete: true,
} as const;

/** Only what was not acknowledged is kept of a reader; one that asks too much waits. */
const eventConsumer = {
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  max_ack_pending: 1_000,
  max_waiting: 16,
  max_batch: 1_000,
} as const;

/** Connects, or throws LinkError when that takes longer than allowed or the hub refuses us. */
export async function openLink(options: LinkOptions): Promise<Link> {
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: options.endpoint,
      authenticator: credsAuthenticator(new TextEncoder().encode(options.credentials)),
      ...(options.ca === null ? {} : { tls: { ca: options.ca } }),
      name: options.name,
      inboxPrefix: options.inboxPrefix,
      // Without it a peer that accepts and says nothing would hold us for 20 s.
      timeout: options.timeoutMs,
      pingInterval: 5_000,
      maxPingOut: 2,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      reconnectJitter: 50,
      noRandomize: true,
    });
  } catch (error) {
    throw translate(error, "cannot connect to the hub");
  }
  return wrap(connection);
}

function wrap(connection: NatsConnection): Link {
  const listeners: ((state: "disconnected" | "connected" | "ended") => void)[] = [];
  // Aborted at every loss of the connection: who waits for an answer then asks again at once.
  let session = new AbortController();
  let connected = true;
  void watch();
  const js = connection.jetstream({ timeout: STORE_TIMEOUT_MS });
  let manager: Awaited<ReturnType<NatsConnection["jetstreamManager"]>> | null = null;
  let bucket: KV | null = null;
  const jsm = async () =>
    (manager ??= await connection.jetstreamManager({ timeout: STORE_TIMEOUT_MS, checkAPI: false }));

  async function watch(): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === Events.Disconnect) {
        connected = false;
        session.abort(new LinkError("disconnected", "the connection to the hub was lost"));
        session = new AbortController();
        for (const listener of listeners) listener("disconnected");
      }
      if (status.type === Events.Reconnect) {
        connected = true;
        for (const listener of listeners) listener("connected");
      }
    }
    connected = false;
    session.abort(new LinkError("closed", "the connection to the hub was closed"));
    for (const listener of listeners) listener("ended");
  }

  async function readStream(): Promise<StreamState | null> {
    try {
      const info = await (await jsm()).streams.info(EVENT_STREAM);
      return { created: info.created, lastSeq: info.state.last_seq };
    } catch (error) {
      if (isAbsent(error)) return null;
      throw translate(error, "cannot read the event stream");
    }
  }

  async function publishEvent({ subject, id, text }: OutgoingEvent): Promise<number> {
    try {
      return (await js.publish(subject, text, { msgID: id, timeout: STORE_TIMEOUT_MS })).seq;
    } catch (error) {
      throw translate(error, "cannot publish an event");
    }
  }

  return {
    get connected() {
      return connected;
    },
    serverVersion: connection.info?.version ?? "",
    async request(subject, data, timeoutMs, signal) {
      if (!connected) throw new LinkError("disconnected", "the connection to the hub is lost");
      const ended = AbortSignal.any(signal === undefined ? [session.signal] : [session.signal, signal]);
      ended.throwIfAborted();
      const lost = Promise.withResolvers<never>();
      const stop = () => lost.reject(ended.reason);
      ended.addEventListener("abort", stop, { once: true });
      try {
        const answer = connection.request(subject, data, { timeout: timeoutMs });
        answer.catch(() => undefined);
        return (await Promise.race([answer, lost.promise])).data;
      } catch (error) {
        throw error instanceof NatsError ? translate(error, subject) : error;
      } finally {
        ended.removeEventListener("abort", stop);
      }
    },
    publish: (subject, data) => connection.publish(subject, data),
    subscribe(subject, receive, queue) {
      connection.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        callback: (error, message) => {
          if (error !== null) return;
          receive({
            subject: message.subject,
            data: message.data,
            reply: message.reply ?? "",
            respond: (data) => void message.respond(data),
          });
        },
      });
    },
    flush: () => translated("cannot reach the hub", () => connection.flush()),
    onChange: (receive) => void listeners.push(receive),
    ensureStores: () =>
      translated("cannot make the stores of monitors", async () => {
        const there = await readStream();
        if (there === null) await (await jsm()).streams.add({ ...eventStream, subjects: [...eventStream.subjects] });
        // Binding alone would not make an absent bucket.
        bucket = await js.views.kv(STATE_BUCKET, { history: 1, storage: StorageType.File, max_bytes: 512 * 2 ** 20 });
        const state = there ?? (await readStream());
        if (state === null) throw new LinkError("refused", "the hub did not make the event stream");
        return state;
      }),
    arrangeConsumers: (names) =>
      translated("cannot arrange the readers of the event stream", async () => {
        const { consumers } = await jsm();
        // Each is one round trip, and there are few.
        const there = new Set<string>();
        for await (const { name } of consumers.list(EVENT_STREAM)) there.add(name);
        for (const name of there) if (!names.includes(name)) await consumers.delete(EVENT_STREAM, name);
        for (const name of names)
          if (!there.has(name)) await consumers.add(EVENT_STREAM, { ...eventConsumer, durable_name: name });
      }),
    streamState: readStream,
    async lastEventId() {
      const state = await readStream();
      if (state === null || state.lastSeq === 0) return null;
      const message = await (await jsm()).streams.getMessage(EVENT_STREAM, { seq: state.lastSeq }).catch(() => null);
      return message?.header.get("Nats-Msg-Id") ?? null;
    },
    publishEvents: async (events) => Math.max(0, ...(await Promise.all(events.map(publishEvent)))),
    async publishEventsQuickly(events) {
      for (const { subject, id, text } of events.slice(0, -1)) {
        const header = headers();
        header.set("Nats-Msg-Id", id);
        connection.publish(subject, text, { headers: header });
      }
      const last = events.at(-1);
      return last === undefined ? 0 : publishEvent(last);
    },
    async putState(key, value) {
      await bucket?.put(key, value);
    },
    async purgeState(key) {
      await bucket?.purge(key);
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
    },
  };
}

function isAbsent(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.err_code === 10059;
}

/** The client's own errors come out as ours, so that whoever asked knows what may be asked again. */
async function translated<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof LinkError ? error : translate(error, doing);
  }
}

function translate(error: unknown, doing: string): LinkError {
  const code = error instanceof NatsError ? error.code : "";
  const text = error instanceof Error ? error.message : String(error);
  return new LinkError(troubleOf(code), `${doing}: ${text}`, error);
}

function troubleOf(code: string): LinkTrouble {
  switch (code) {
    case ErrorCode.NoResponders:
      return "no-responders";
    case ErrorCode.Timeout:
      return "timeout";
    case ErrorCode.MaxPayloadExceeded:
      return "too-large";
    case ErrorCode.ConnectionClosed:
    case ErrorCode.ConnectionDraining:
    case ErrorCode.Disconnect:
      return "disconnected";
    case ErrorCode.ConnectionRefused:
    case ErrorCode.ConnectionTimeout:
      return "disconnected";
    default:
      return "refused";
  }
}
