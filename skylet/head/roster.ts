// Which workers are there: who registered, who was heard, who is silent for too long. Pure: an event and the state before give
// the state after and what follows for the queue and for the workers.

/** Silent for three heartbeats, for six. */
const SUSPECT_PART = 0.5;

export interface WorkerEntry {
  /** Monotonic and wall time of the last sign of life. */
  readonly seenAt: number;
  readonly seenWallAt: number | null;
  readonly state: "joining" | "up" | "suspect" | "lost";
}

export interface Roster {
  readonly workers: ReadonlyMap<string, WorkerEntry>;
  /** Life of each node's machine, as it was last told. */
  readonly boots: Readonly<Record<string, string>>;
  /** When silence was last looked at. */
  readonly lookedAt: number;
  /** A worker that is silent for this long is lost. */
  readonly lostMs: number;
}

export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export type RosterEvent =
  | { readonly e: "registered"; readonly nid: string; readonly bootId: string; readonly run: number }
  | { readonly e: "beat"; readonly nid: string }
  | { readonly e: "look" };

export type RosterEffect =
  /** For the queue, in this order. */
  | {
      readonly do: "post";
      readonly f: "node-up" | "node-restarted" | "node-suspect" | "node-lost";
      readonly nid: string;
    }
  /** Comes before the fact that follows from it. */
  | { readonly do: "keep-boots"; readonly boots: Readonly<Record<string, string>> }
  /** The worker shall register: we do not know it yet, or took it for lost. */
  | { readonly do: "hello"; readonly nid: string };

export interface RosterStep {
  readonly state: Roster;
  readonly effects: readonly RosterEffect[];
}

export function firstRoster(
  nids: readonly string[],
  facts: { readonly boots: Roster["boots"]; readonly lostMs: number; readonly now: number },
): Roster {
  const joining: WorkerEntry = { seenAt: facts.now, seenWallAt: null, state: "joining" };
  return {
    workers: new Map(nids.map((nid) => [nid, joining])),
    boots: facts.boots,
    lookedAt: facts.now,
    lostMs: facts.lostMs,
  };
}

export function step(state: Roster, event: RosterEvent, now: Moment): RosterStep {
  switch (event.e) {
    case "registered":
      return registered(state, event, now);
    case "beat":
      return beat(state, event.nid, now);
    case "look":
      return look(state, now);
  }
}

function registered(
  state: Roster,
  { nid, bootId }: { readonly nid: string; readonly bootId: string },
  now: Moment,
): RosterStep {
  if (!state.workers.has(nid)) return { state, effects: [] };
  const known = state.boots[nid];
  const isRestarted = known !== undefined && known !== bootId;
  const boots = known === bootId ? state.boots : { ...state.boots, [nid]: bootId };
  const entry: WorkerEntry = { seenAt: now.monotonic, seenWallAt: now.wall, state: "up" };
  return {
    state: { ...withEntry(state, nid, entry), boots },
    effects: [
      ...(boots === state.boots ? [] : [{ do: "keep-boots", boots } as const]),
      { do: "post", f: isRestarted ? "node-restarted" : "node-up", nid },
    ],
  };
}

function beat(state: Roster, nid: string, now: Moment): RosterStep {
  const entry = state.workers.get(nid);
  if (entry === undefined) return { state, effects: [] };
  const seen = { ...entry, seenAt: now.monotonic, seenWallAt: now.wall };
  if (entry.state === "suspect")
    return {
      state: withEntry(state, nid, { ...seen, state: "up" }),
      effects: [{ do: "post", f: "node-up", nid }],
    };
  return { state: withEntry(state, nid, seen), effects: entry.state === "up" ? [] : [{ do: "hello", nid }] };
}

/** A long sleep of the head is no silence of the workers: after one, everybody gets the whole time again. */
function look(before: Roster, now: Moment): RosterStep {
  const slept = now.monotonic - before.lookedAt > before.lostMs / 2;
  const effects: RosterEffect[] = [];
  const workers = new Map<string, WorkerEntry>();
  for (const [nid, entry] of before.workers) {
    const seenAt = slept ? now.monotonic : entry.seenAt;
    const next = silent(entry.state, now.monotonic - seenAt, before.lostMs);
    if (next !== entry.state) effects.push({ do: "post", f: next === "lost" ? "node-lost" : "node-suspect", nid });
    workers.set(nid, { ...entry, seenAt, state: next });
  }
  return { state: { ...before, workers, lookedAt: now.monotonic }, effects };
}

function silent(state: WorkerEntry["state"], silentMs: number, lostMs: number): WorkerEntry["state"] {
  if (silentMs > lostMs) return "lost";
  return silentMs > lostMs * SUSPECT_PART && state === "up" ? "suspect" : state;
}

function withEntry(state: Roster, nid: string, entry: WorkerEntry): Roster {
  return { ...state, workers: new Map(state.workers).set(nid, entry) };
}
