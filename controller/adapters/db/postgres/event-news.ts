// Tells when events were committed: ours at once, those of other servers by looking.
import type { SQL } from "bun";
import type { Timers } from "#shared/clock.ts";

export interface EventNews {
  /** We committed some. */
  readonly tell: () => void;
  readonly onEvents: (receive: () => void) => void;
  readonly stop: () => void;
}

/** Looking is one question to an index; it needs no connection that must be kept alive, as LISTEN does. */
export function listenForEvents(pool: SQL, timers: Pick<Timers, "every">, everyMs: number): EventNews {
  const heard: (() => void)[] = [];
  let newest: string | null = null;
  let isAsking = false;
  const tell = () => {
    for (const receive of heard) receive();
  };
  const look = async () => {
    if (isAsking || heard.length === 0) return;
    isAsking = true;
    try {
      const [row] = (await pool.unsafe("SELECT max(id)::text AS id FROM agent_events")) as { id: string | null }[];
      const now = row?.id ?? null;
      if (now !== newest) tell();
      newest = now;
    } catch {
      // The database is away; the next look finds what was missed.
    } finally {
      isAsking = false;
    }
  };
  const stop = timers.every(everyMs, () => void look(), { background: true });
  return { tell, onEvents: (receive) => void heard.push(receive), stop };
}
