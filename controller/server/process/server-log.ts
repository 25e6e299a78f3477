// The server's own log: JSON lines, one event each.
import { appendFileSync, statSync, truncateSync } from "node:fs";
import type { Clock } from "#shared/clock.ts";

export type Tell = (event: string, fields: Readonly<Record<string, unknown>>) => void;

/** At the start a longer log begins anew: about a month of a busy server. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;

/** Lines go to stderr; to the file as well when stderr is not that file already. */
export function createServerLog(clock: Clock, file: string, alsoFile: boolean): Tell {
  if (sizeOf(file) > LOG_BYTES_MAX) truncateSync(file, 0);
  return (event, fields) => {
    const line = `${JSON.stringify({ at: new Date(clock.now()).toISOString(), event, ...fields })}\n`;
    process.stderr.write(line);
    if (!alsoFile) return;
    try {
      appendFileSync(file, line, { mode: 0o600 });
    } catch {
      // A full disk must not stop the server from saying the same on its terminal.
    }
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
