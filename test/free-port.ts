// A port for a server of a test, which will still be free when the server takes it.

/** Below the range from which systems give ports to connections (Linux: 32768 and up), so that none of those can take it meanwhile. */
const FIRST = 20_000;
const COUNT = 12_000;
const TRIES = 200;

/** A port on 127.0.0.1 that nobody listens on. Chosen by chance: tests of several processes run side by side. */
export function freePort(): number {
  for (let tried = 0; tried < TRIES; tried++) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (canListen(port)) return port;
  }
  throw new Error(`no free port among ${TRIES} from ${FIRST} to ${FIRST + COUNT}`);
}

function canListen(port: number): boolean {
  try {
    Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => undefined } }).stop(true);
    return true;
  } catch {
    // Somebody has it.
    return false;
  }
}
