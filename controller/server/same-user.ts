// Keeps other users of the machine away from a server that asks nobody who they are: a loopback connection must come from
// a process of the server's own user, or of root. The kernel knows whose every socket is.
import { readFileSync } from "node:fs";

/** Asked again after this: a connection is open for many calls, and its port may later be somebody else's. */
const TRUSTED_FOR_MS = 1_000;
const REMEMBERED_MAX = 4_096;

export interface Peer {
  readonly address: string;
  readonly port: number;
}

export interface SameUserOptions {
  readonly uid: number;
  /** Milliseconds that never run backwards. */
  readonly monotonic: () => number;
  /** The kernel's tables of TCP sockets as text, or null where there are none (not Linux). */
  readonly socketTables?: () => string | null;
}

/** Tells of a peer on this machine whether it may speak with us. True where the kernel has no tables to ask. */
export function createSameUser(options: SameUserOptions): (peer: Peer | null, serverPort: number) => boolean {
  const read = options.socketTables ?? readSocketTables;
  const trusted = new Map<string, number>();
  return (peer, serverPort) => {
    if (peer === null) return false;
    const key = `${peer.address} ${peer.port}`;
    const now = options.monotonic();
    const until = trusted.get(key);
    if (until !== undefined && now < until) return true;
    const tables = read();
    const owner = tables === null ? options.uid : socketOwner(tables, peer.port, serverPort);
    if (owner !== options.uid && owner !== 0) return false;
    if (trusted.size >= REMEMBERED_MAX) trusted.clear();
    trusted.set(key, now + TRUSTED_FOR_MS);
    return true;
  };
}

/**
 * The user whose process holds the socket from `localPort` to `remotePort`; null when nobody does. A socket that its
 * process has left is listed under user 0 and inode 0 while it lingers: it counts as nobody's, or anyone could become
 * root by hanging up early. Columns: proc(5), /proc/net/tcp.
 */
export function socketOwner(tables: string, localPort: number, remotePort: number): number | null {
  const [local, remote] = [hexPort(localPort), hexPort(remotePort)];
  for (const line of tables.split("\n")) {
    if (!line.includes(local)) continue;
    const columns = line.trim().split(/\s+/);
    if (columns[1]?.endsWith(local) !== true || columns[2]?.endsWith(remote) !== true || columns[9] === "0") continue;
    return Number(columns[7]);
  }
  return null;
}

function hexPort(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}

function readSocketTables(): string | null {
  const texts = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(tryRead).filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join("\n");
}

function tryRead(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not Linux, or no IPv6.
    return null;
  }
}
