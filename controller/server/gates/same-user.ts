// Keeps other users of the machine away from a server that asks nobody who they are: a loopback connection must come from
// a process of the server's own user, or of root. The kernel knows whose every socket is.
import { readFile } from "node:fs/promises";
import { shareNext } from "#shared/share-next.ts";

/** One end of a connection, as the runtime names it: "127.0.0.1", "::1", "::ffff:127.0.0.1". */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

export interface SameUserOptions {
  readonly uid: number;
  /** The kernel's tables of TCP sockets as text, or null where they cannot be read. */
  readonly socketTables?: () => Promise<string | null>;
  /** "linux" has tables; where they cannot be read, nobody is believed there. Elsewhere everybody is: see docs/decisions.md. */
  readonly platform?: string;
}

/** Asked before and after the tables were read; null once the connection has ended. */
export type PeerNow = () => Peer | null;

/** The kernel lists sockets in pieces: one that stays may be missed while others leave. */
const LOOKS = 4;
const ROOT = 0;
/** A socket that no process holds any more. */
const NOBODYS_INODE = "0";

/**
 * Tells whether the process at the other end may speak with us. Nothing is remembered: what is true of a connection need not
 * be true of the next one with the same numbers. It cannot be raced: the kernel gives a pair of ends to one connection at a
 * time, and ours was open before the tables were read and still is, so the row of its other end is that very connection's.
 */
export function createSameUser(options: SameUserOptions): (peer: PeerNow, server: Peer) => Promise<boolean> {
  // A reading that began after the question; who asks during one shares the next.
  const snapshot = shareNext(options.socketTables ?? readSocketTables);
  return async (peer, server) => {
    const before = peer();
    if (before === null) return false;
    for (let look = 1; look <= LOOKS; look += 1) {
      const tables = await snapshot();
      const after = peer();
      if (after === null || after.address !== before.address || after.port !== before.port) return false;
      if (tables === null) return (options.platform ?? process.platform) !== "linux";
      const owners = socketOwners(tables, before, server);
      if (owners.length > 0) return owners.every((owner) => owner === options.uid || owner === ROOT);
    }
    return false;
  };
}

/**
 * The users whose processes hold the established connection from `local` to `remote`, both address and port: one, or none.
 * A socket that its process has left is listed under user 0 and inode 0 while it lingers: it counts as nobody's, or anyone
 * could become root by hanging up early. Columns: proc(5), /proc/net/tcp.
 */
export function socketOwners(tables: string, local: Peer, remote: Peer): readonly number[] {
  const owners = new Set<number>();
  for (const [from, to] of bothForms(local.address, remote.address)) {
    // State 01: established.
    const key = `: ${from}:${hexPort(local.port)} ${to}:${hexPort(remote.port)} 01 `;
    for (let at = tables.indexOf(key); at >= 0; at = tables.indexOf(key, at + 1)) {
      const [, , , , uid, , inode] = tables
        .slice(at + key.length - 3, at + 256)
        .trimStart()
        .split(/\s+/);
      if (inode !== undefined && inode !== NOBODYS_INODE) owners.add(Number(uid));
    }
  }
  return [...owners];
}

/** An IPv4 connection is in the table of IPv6 when the socket of its end is one of IPv6. */
function bothForms(from: string, to: string): readonly (readonly [string, string])[] {
  const [a, b] = [addressWords(from), addressWords(to)];
  if (a === null || b === null) return [];
  return isMapped(a) && isMapped(b)
    ? [
        [hex(a), hex(b)],
        [hex(a.slice(3)), hex(b.slice(3))],
      ]
    : [[hex(a), hex(b)]];
}

function isMapped([first, second, third]: readonly number[]): boolean {
  return first === 0 && second === 0 && third === 0xffff;
}

/** The four words of an IPv6 address; IPv4 as the mapped one. Null for a text that is no address. */
function addressWords(text: string): readonly number[] | null {
  const address = text.includes(":") ? text : `::ffff:${text}`;
  if (!URL.canParse(`http://[${address}]`)) return null;
  // The URL parser writes every address in one way: hexadecimal groups, "::" for the longest run of zeros.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  return [0, 2, 4, 6].map((at) => (all[at] ?? 0) * 0x1_0000 + (all[at + 1] ?? 0));
}

/** The kernel prints each word as the machine holds it: the first byte of the address last. */
function hex(words: readonly number[]): string {
  return words
    .map((word) =>
      word
        .toString(16)
        .padStart(8, "0")
        .toUpperCase()
        .replace(/(..)(..)(..)(..)/, "$4$3$2$1"),
    )
    .join("");
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

async function readSocketTables(): Promise<string | null> {
  const texts = await Promise.all(
    ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map((path) => readFile(path, "latin1").catch(() => null)),
  );
  const found = texts.filter((text) => text !== null);
  // Each begins with a line of titles. Neither: not Linux, or no /proc.
  return found.length === 0 ? null : found.join("\n");
}
