// The only file of the agent that knows the NATS client: connects, for ever, and offers requests, publications and answers.
import {
  connect,
  createInbox,
  credsAuthenticator,
  Events,
  nkeyAuthenticator,
  type Msg,
  type NatsConnection,
} from "nats";
import type { Random, Time } from "#shared/clock.ts";

export interface BusConnectionOptions extends LineEvents {
  readonly servers: readonly string[];
  readonly inboxPrefix: string;
  readonly name: string;
  /** Content of a credentials file, or an nkey seed. */
  readonly auth: { readonly credentials: string } | { readonly seed: string } | null;
  /** PEM of the CA to trust, which also turns TLS on. */
  readonly ca: string | null;
  readonly time: Time;
  readonly random: Pick<Random, "next">;
}

export interface LineEvents {
  /** Every time the connection is there again. */
  readonly onConnected: () => void;
  readonly onDisconnected: () => void;
}

/** Answers a request: the bytes to send back, or null for no answer. */
export type Responder = (subject: string, data: Uint8Array) => Promise<Uint8Array | null>;

export interface BusConnection {
  readonly connected: () => boolean;
  /** The answer. Throws when there is none in time, or nobody listens. */
  readonly request: (subject: string, data: Uint8Array, timeoutMs: number) => Promise<Uint8Array>;
  /** Sends nothing while disconnected. */
  readonly publish: (subject: string, data: Uint8Array) => void;
  /** Asks everybody on `subject`; `take` gets each answer until it returns true or the time is over. */
  readonly ask: (
    subject: string,
    data: Uint8Array,
    timeoutMs: number,
    take: (data: Uint8Array) => boolean,
  ) => Promise<void>;
  readonly respond: (subject: string, responder: Responder) => void;
  readonly close: () => Promise<void>;
}

const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 5_000;
/** The pause between two dials is a tenth of the time away. */
const RECONNECT_PART = 0.1;

/** Many agents come back at once after a hub's restart: `chance` in [0, 1) spreads them. */
export function reconnectDelayMs(awayMs: number, chance: number): number {
  const pause = Math.min(RECONNECT_MAX_MS, Math.max(RECONNECT_MIN_MS, awayMs * RECONNECT_PART));
  return pause * (1 + chance);
}

/** Resolves with the first connection, however long that takes; `signal` ends the waiting. */
export async function openBusConnection(options: BusConnectionOptions, signal: AbortSignal): Promise<BusConnection> {
  const { time, random } = options;
  let awaySince = time.monotonic();
  const nats = await connect({
    servers: [...options.servers],
    name: options.name,
    inboxPrefix: options.inboxPrefix,
    ...(options.auth === null ? {} : { authenticator: authenticatorOf(options.auth) }),
    ...(options.ca === null ? {} : { tls: { ca: options.ca } }),
    timeout: 2_000,
    pingInterval: 5_000,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    // A hub that was restored or a user that was just made may refuse for a while; giving up would need a person.
    ignoreAuthErrorAbort: true,
    // The client asks for the delay several times between two dials, so it follows from the time away, not from a count.
    reconnectDelayHandler: () => reconnectDelayMs(time.monotonic() - awaySince, random.next()),
    waitOnFirstConnect: true,
  });
  if (signal.aborted) {
    await nats.close();
    throw signal.reason;
  }
  let isConnected = true;
  void watchStatus(nats, {
    up: () => {
      isConnected = true;
      options.onConnected();
    },
    down: () => {
      isConnected = false;
      awaySince = time.monotonic();
      options.onDisconnected();
    },
  });
  return {
    connected: () => isConnected && !nats.isClosed(),
    request: async (subject, data, timeoutMs) => (await nats.request(subject, data, { timeout: timeoutMs })).data,
    publish: (subject, data) => {
      if (isConnected) nats.publish(subject, data);
    },
    ask: (subject, data, timeoutMs, take) =>
      askMany(nats, { subject, data, timeoutMs, take, inboxPrefix: options.inboxPrefix, time }),
    respond: (subject, responder) =>
      void nats.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) void answer(message, responder);
        },
      }),
    close: () => nats.close(),
  };
}

function authenticatorOf(auth: { readonly credentials: string } | { readonly seed: string }) {
  const encoder = new TextEncoder();
  return "credentials" in auth
    ? credsAuthenticator(encoder.encode(auth.credentials))
    : nkeyAuthenticator(encoder.encode(auth.seed));
}

async function watchStatus(
  nats: NatsConnection,
  on: { readonly up: () => void; readonly down: () => void },
): Promise<void> {
  for await (const status of nats.status()) {
    if (status.type === Events.Reconnect) on.up();
    else if (status.type === Events.Disconnect) on.down();
  }
}

async function answer(message: Msg, responder: Responder): Promise<void> {
  const reply = await responder(message.subject, message.data);
  if (reply !== null) message.respond(reply);
}

function askMany(
  nats: NatsConnection,
  ask: {
    readonly subject: string;
    readonly data: Uint8Array;
    readonly timeoutMs: number;
    readonly take: (data: Uint8Array) => boolean;
    readonly inboxPrefix: string;
    readonly time: Time;
  },
): Promise<void> {
  return new Promise((resolve) => {
    const inbox = createInbox(ask.inboxPrefix);
    const subscription = nats.subscribe(inbox, {
      callback: (error, message) => {
        if (error === null && message.data.length > 0 && ask.take(message.data)) done();
      },
    });
    const callOff = ask.time.after(ask.timeoutMs, done);
    function done(): void {
      callOff();
      subscription.unsubscribe();
      resolve();
    }
    nats.publish(ask.subject, ask.data, { reply: inbox });
  });
}
