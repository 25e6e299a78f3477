// Takes the server's port and holds it. A connection that happens to sit there does not keep the server from starting.
import { connect } from "node:net";
import { realRandom, realTime } from "#shared/clock.ts";
import { portBand, portsFrom } from "#shared/net/port-band.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { databaseCode } from "../sqlite-code.ts";

export interface ListenNeeds {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Listens, or throws EADDRINUSE. */
  serve(port: number): Bun.Server<undefined>;
  readonly tell: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface Listening {
  /** Where it is sure to be reached; in the server's own file. */
  readonly port: number;
  stop(): Promise<void>;
}

/** A server that was told to stop still has its port for a moment. */
const PATIENCE_MS = 1_000;
const POLL_MS = 100;
const RETRY_MS = 1_000;
const CONNECT_MS = 500;
const TRIES = 64;

/**
 * Listens at the wanted port. When a connection has it (systems number connections from a range that holds SkyPilot's 46580),
 * it listens elsewhere, where commands find it through its file, and comes to the wanted port as well as soon as that is free:
 * SkyPilot's client knows no other. Throws StixError port-in-use when another program listens there.
 */
export async function listen(needs: ListenNeeds): Promise<Listening> {
  const { host, port, tell } = needs;
  const wanted = port === 0 ? null : await tryWanted(needs);
  if (wanted !== null) return { port, stop: () => wanted.stop(true) };
  const main = elsewhere(needs);
  let regained: Bun.Server<undefined> | null = null;
  if (port === 0) return { port: main.port ?? 0, stop: () => main.stop(true) };
  tell("port-held-by-connection", { host, wanted: port, port: main.port });
  const callOff = realTime.every(RETRY_MS, () => {
    regained = tryServe(needs, port);
    if (regained === null) return;
    callOff();
    tell("port-regained", { host, port });
  });
  return {
    port: main.port ?? 0,
    async stop() {
      callOff();
      await Promise.all([main.stop(true), regained?.stop(true)]);
    },
  };
}

/** Null when only a connection is in the way. */
async function tryWanted(needs: ListenNeeds): Promise<Bun.Server<undefined> | null> {
  const deadline = realTime.monotonic() + PATIENCE_MS;
  for (;;) {
    const server = tryServe(needs, needs.port);
    if (server !== null) return server;
    if (!(await somebodyListens(needs.host, needs.port))) return null;
    if (realTime.monotonic() > deadline) throw inUse(needs.port);
    await realTime.sleep(POLL_MS);
  }
}

function elsewhere(needs: ListenNeeds): Bun.Server<undefined> {
  for (const port of portsFrom(portBand(), realRandom().next(), TRIES)) {
    const server = tryServe(needs, port);
    if (server !== null) return server;
  }
  return needs.serve(0);
}

function tryServe(needs: ListenNeeds, port: number): Bun.Server<undefined> | null {
  try {
    return needs.serve(port);
  } catch (error) {
    if (databaseCode(error) === "EADDRINUSE") return null;
    throw error;
  }
}

/** A socket that answers a connection, silent programs included. */
function somebodyListens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (listens: boolean) => {
      socket.destroy();
      resolve(listens);
    };
    // Neither accepted nor refused: a queue that is full is one of a listener.
    socket.setTimeout(CONNECT_MS, () => end(true));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

function inUse(port: number): StixError {
  return new StixError({
    code: "port-in-use",
    message: `port ${port} is in use by another program`,
    hint: `STIX_API_PORT=${port + 1} stix api start`,
  });
}
