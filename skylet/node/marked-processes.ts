// Who belongs to a job: those with its mark or in its sessions, and all below them.
import { environmentHolds, type ProcessEntry } from "#shared/os/proc.ts";

/** The processes that carry a mark (`variable=value prefix`) or live in one of `sessions`. Never this process itself. */
export function findMarked(all: readonly ProcessEntry[], mark: string, sessions: ReadonlySet<number>): ProcessEntry[] {
  return all.filter(
    ({ pid, session }) => pid !== process.pid && (sessions.has(session) || environmentHolds(pid, mark)),
  );
}

/** These processes and all below them, but nobody below this process that is not below them. */
export function withDescendants(all: readonly ProcessEntry[], first: readonly ProcessEntry[]): ProcessEntry[] {
  const found = new Map(first.map((entry) => [entry.pid, entry]));
  for (let grew = found.size > 0; grew;) {
    grew = false;
    for (const entry of all) {
      if (found.has(entry.pid) || !found.has(entry.parent) || entry.pid === process.pid) continue;
      found.set(entry.pid, entry);
      grew = true;
    }
  }
  return [...found.values()];
}
