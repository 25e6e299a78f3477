// How much room a disk has, and a file that keeps some for later.
import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";

/** Below this what makes things grow is refused: what ends things then still has the rest, and its own reserve. */
export const LEAST_ROOM_BYTES = 2 * 1024 * 1024;

/** Bytes this user may still write to the disk of a folder; Infinity where the system does not say. */
export function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

export function hasRoom(folder: string): boolean {
  return freeBytes(folder) >= LEAST_ROOM_BYTES;
}

/** Writes the file unless it is there or the disk has little room. Best effort: without it a start on a full disk fails with its own words. */
export function tryKeepReserveFile(path: string, bytes: number): void {
  try {
    // Noise, because some file systems give zeros no room.
    if (!existsSync(path) && freeBytes(dirname(path)) > 8 * bytes)
      writeFileSync(path, randomBytes(bytes), { mode: 0o600 });
  } catch {
    rmSync(path, { force: true });
  }
}

/** On a full disk gives the room of the file back; true when there was one. */
export function releaseReserveFile(path: string): boolean {
  if (!existsSync(path)) return false;
  rmSync(path, { force: true });
  return true;
}
