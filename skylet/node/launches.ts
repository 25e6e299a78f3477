// Which launches run on this node, as far as this agent knows, and when each is told to have ended: once. Pure: an event and the
// state before give the state after and what is to be done.
import type { LaunchKey } from "#shared/wire/launches.ts";
import type { RecordState } from "./record.ts";

/** Exit code of what was killed. */
export const KILLED = 137;

interface Watched {
  readonly key: LaunchKey;
  /** `child`: we started it and hear its end. `noted`: an earlier agent did, so its notes are read again and again. */
  readonly by: "child" | "noted";
  /** Its reaper is gone: what it left is being killed, and then it has ended. */
  readonly isSwept: boolean;
}

export type Launches = ReadonlyMap<string, Watched>;

export type LaunchesEvent =
  | { readonly e: "started"; readonly key: LaunchKey }
  /** It runs, or is broken, and nobody watches it. */
  | { readonly e: "reattached"; readonly key: LaunchKey }
  /** What its notes and the process table say. */
  | { readonly e: "found"; readonly key: LaunchKey; readonly record: RecordState }
  /** Our child ended with the script's exit code; null: somebody killed it. */
  | { readonly e: "reaper-ended"; readonly key: LaunchKey; readonly exitCode: number | null }
  /** Nothing of it lives any more. */
  | { readonly e: "swept"; readonly key: LaunchKey };

export type LaunchesEffect =
  | { readonly do: "tell"; readonly key: LaunchKey; readonly exitCode: number }
  /** To be answered with "swept". */
  | { readonly do: "sweep"; readonly key: LaunchKey };

export interface LaunchesStep {
  readonly state: Launches;
  readonly effects: readonly LaunchesEffect[];
}

export function step(state: Launches, event: LaunchesEvent): LaunchesStep {
  const { key } = event;
  const name = launchName(key);
  const known = state.get(name);
  switch (event.e) {
    case "started":
      return { state: new Map(state).set(name, { key, by: "child", isSwept: false }), effects: [] };
    case "reattached":
      if (known !== undefined) return { state, effects: [] };
      return { state: new Map(state).set(name, { key, by: "noted", isSwept: false }), effects: [] };
    case "found":
      return known === undefined ? { state, effects: [] } : found(state, known, event.record);
    case "reaper-ended":
      // Told already: this is the end of what the script left behind.
      if (known === undefined) return { state, effects: [] };
      return event.exitCode === null ? sweep(state, known) : end(state, key, event.exitCode);
    case "swept":
      return known === undefined ? { state, effects: [] } : end(state, key, KILLED);
  }
}

function found(state: Launches, known: Watched, record: RecordState): LaunchesStep {
  const { key } = known;
  if (record.is === "exited") return end(state, key, record.exitCode);
  // A child tells its end itself, and nothing else is the end of one.
  if (record.is === "running" || known.by === "child") return { state, effects: [] };
  return record.is === "broken" ? sweep(state, known) : end(state, key, KILLED);
}

function sweep(state: Launches, known: Watched): LaunchesStep {
  if (known.isSwept) return { state, effects: [] };
  const { key } = known;
  return {
    state: new Map(state).set(launchName(key), { ...known, isSwept: true }),
    effects: [{ do: "sweep", key }],
  };
}

function end(before: Launches, key: LaunchKey, exitCode: number): LaunchesStep {
  const state = new Map(before);
  state.delete(launchName(key));
  return { state, effects: [{ do: "tell", key, exitCode }] };
}

/** Those whose notes must be read again and again. */
export function notedOnly(state: Launches): LaunchKey[] {
  return [...state.values()].filter(({ by }) => by === "noted").map(({ key }) => key);
}

export function launchName(key: LaunchKey): string {
  return `${key.jid}/${key.attempt}/${key.phase}/${key.index}`;
}
