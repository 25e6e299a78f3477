// Whose program listens on a port of this machine, by the kernel's tables, so that an error can name him.
import { readFileSync } from "node:fs";
import { accountName } from "./identity.ts";

const LISTENS = "0A";

/** The name, or "user 1001", of another user whose program listens there; undefined for our own programs and where nobody can tell. */
export function otherUserOn(port: number, uid: number | undefined = process.getuid?.()): string | undefined {
  const owner = listenerOf(listeningTables(), port);
  if (owner === undefined || owner === uid) return undefined;
  return accountName(owner) ?? `user ${owner}`;
}

/** The kernel's tables of this machine; empty where there are none. */
export function listeningTables(): string {
  return ["/proc/net/tcp", "/proc/net/tcp6"].map(tryRead).join("\n");
}

/** The user who listens on the port. Columns: proc(5), /proc/net/tcp. */
export function listenerOf(tables: string, port: number): number | undefined {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of tables.split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns[1]?.endsWith(local) === true && columns[3] === LISTENS) return Number(columns[7]);
  }
  return undefined;
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not Linux, or no IPv6.
    return "";
  }
}
