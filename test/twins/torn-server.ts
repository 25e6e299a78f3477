// A server by hand that cuts its answers wherever a test wants, because an ordinary one never does.
import { realClock, realRandom } from "#shared/clock.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { api } from "#shared/version.ts";
import type { Connection } from "#controller/sdk/connection.ts";

const headers = { "x-skypilot-api-version": String(api.version), "x-skypilot-request-id": "r-1" };

const READ_FIRST_MS = 15;

export interface TornServer extends Disposable {
  readonly connection: Connection;
}

export interface TornAnswer {
  readonly body: Uint8Array | string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is cut after the body, without the end of the answer. */
  readonly torn?: boolean;
  /** The connection is cut before anything is answered. */
  readonly silent?: boolean;
}

export interface Asked {
  readonly path: string;
  /** The request line and headers. */
  readonly head: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** Every answer is of request `r-1`. */
export function tornServer(answer: (asked: Asked) => TornAnswer): TornServer {
  const server = Bun.listen<{ text: string }>({
    port: 0,
    hostname: "127.0.0.1",
    socket: {
      open: (socket) => {
        socket.data = { text: "" };
      },
      data: (socket, bytes) => {
        socket.data.text += bytes.toString();
        const [head = "", body] = socket.data.text.split("\r\n\r\n", 2);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (body === undefined || Buffer.byteLength(body) < length) return;
        const path = head.split(" ", 2)[1] ?? "/";
        reply(socket, answer({ path, head, query: new URL(`http://x${path}`).searchParams, body }));
      },
    },
  });
  const connection: Connection = {
    endpoint: { url: `http://127.0.0.1:${server.port}`, local: false, from: "the test" },
    clock: realClock(),
    random: realRandom(),
    userHash: () => "abcdef01",
    headers: () => ({}),
    stranger: () => new StixError({ code: "port-in-use", message: "another program answers", hint: "" }),
    token: undefined,
    watch: { signal: new AbortController().signal, begin: () => () => undefined },
    interrupted: () => new AbortController().signal,
    baseBody: () => ({}),
    ready: () => Promise.resolve(),
    revive: (cause) => Promise.reject(cause),
  };
  return { connection, [Symbol.dispose]: () => server.stop(true) };
}

function reply(
  socket: { write(data: Uint8Array | string): number; end(): void; flush(): void; terminate(): void },
  answer: TornAnswer,
): void {
  if (answer.silent === true) return socket.terminate();
  const bytes = typeof answer.body === "string" ? new TextEncoder().encode(answer.body) : answer.body;
  const head = Object.entries({ ...headers, ...answer.headers, "transfer-encoding": "chunked", connection: "close" })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  socket.write(`HTTP/1.1 ${answer.status ?? 200} X\r\n${head}\r\n${bytes.length.toString(16)}\r\n`);
  socket.write(bytes);
  socket.write(answer.torn === true ? "\r\n" : "\r\n0\r\n\r\n");
  // The runtime throws away what came together with the end of a torn answer: let it be read first.
  setTimeout(() => socket.end(), answer.torn === true ? READ_FIRST_MS : 0);
}
