// Decides which clusters to look at now. Silence is a reason to look, never a verdict. Pure.
import { clusterState, type ClusterState } from "#shared/lifecycle/cluster.ts";

export interface WatchedCluster {
  readonly cid: string;
  readonly state: ClusterState;
  /** It was given a place; before that there is nothing to ask. */
  readonly isPlaced: boolean;
  /** When we last looked, and how long its cloud took to answer; null: not since this server started. */
  readonly looked: { readonly at: number; readonly tookMs: number } | null;
  /** Milliseconds since its head was heard; null: not since this server started. */
  readonly silentMs: number | null;
  /** Its head told of something that may have changed its state. */
  readonly isNudged: boolean;
}

export interface LookPlan {
  /** Clusters to look at now, the most urgent first. */
  readonly due: readonly string[];
  /** When the next one becomes due; at most a minute ahead. */
  readonly nextAt: number;
}

/** A head says something every ten seconds; after three times that it is looked for. */
export const STALE_MS = 30_000;
const LONGEST_SLEEP_MS = 60_000;
/** What changes by itself soon is looked at often. */
const UNSETTLED_MS = 1_000;
const SILENT_MS = 10_000;
/**
 * All looks at settled clusters together take at most a fiftieth of the time: one folder is looked at every 3 s, one slow
 * API every 20 s, a thousand of either every 5 min. What heads tell in between is looked at at once.
 */
const SETTLED = { ratio: 50, leastMs: 3_000, mostMs: 300_000 } as const;

export function decideLooks(clusters: readonly WatchedCluster[], now: number): LookPlan {
  const placed = clusters.filter((cluster) => cluster.isPlaced);
  const times = placed
    .map((cluster) => ({ cid: cluster.cid, at: dueAt(cluster, placed.length) }))
    .sort((a, b) => a.at - b.at);
  const due = times.filter((one) => one.at <= now).map((one) => one.cid);
  const later = times.find((one) => one.at > now)?.at ?? now + LONGEST_SLEEP_MS;
  return { due, nextAt: Math.min(later, now + LONGEST_SLEEP_MS) };
}

function dueAt(cluster: WatchedCluster, count: number): number {
  const { looked } = cluster;
  if (looked === null || cluster.isNudged) return 0;
  if (cluster.state === clusterState.AUTOSTOPPING) return looked.at + UNSETTLED_MS;
  const settled = Math.min(SETTLED.mostMs, Math.max(SETTLED.leastMs, looked.tookMs * SETTLED.ratio * count));
  const isSilent = cluster.state === clusterState.UP && cluster.silentMs !== null && cluster.silentMs > STALE_MS;
  return looked.at + (isSilent || cluster.state === clusterState.INIT ? Math.min(settled, SILENT_MS) : settled);
}

/** A pause between two ticks that is this much longer than planned means the machine slept. */
const SLEPT_MS = 30_000;
/** After a sleep every silence counts from now: the heads were not the ones who were away. */
export function sleptBetween(plannedAt: number, now: number): boolean {
  return now - plannedAt > SLEPT_MS;
}
