// The agent's own log: a JSON line an event, in skylet.log, two files of bounded size.
import { appendFileSync, renameSync, statSync } from "node:fs";

/** A file and its predecessor: at most 16 MB a node. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;

export type AgentLog = (
  level: "debug" | "info" | "warn" | "error",
  event: string,
  facts?: Readonly<Record<string, unknown>>,
) => void;

/** `now` is for display. A log that cannot be written goes to stderr: an agent must work on a full disk. */
export function openAgentLog(path: string, now: () => number): AgentLog {
  let bytes = tryFileSize(path);
  return (level, event, facts = {}) => {
    const line = `${JSON.stringify({ at: new Date(now()).toISOString(), level, event, ...facts })}\n`;
    try {
      if (bytes > FILE_BYTES_MAX) {
        renameSync(path, `${path}.1`);
        bytes = 0;
      }
      appendFileSync(path, line, { mode: 0o600 });
      bytes += line.length;
    } catch {
      process.stderr.write(line);
    }
  };
}

function tryFileSize(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
