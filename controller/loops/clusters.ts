// Keeps the rows of clusters true: looks at those that are due, ends what ended itself, removes machines whose row was ended.
import { decideLooks, sleptBetween, type WatchedCluster } from "#controller/core/cluster/reconcile.ts";
import type { World } from "#controller/operations/operation.ts";
import { refreshCluster } from "#controller/operations/refresh-cluster.ts";
import type { EventBatch } from "#controller/ports/agent-records.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import type { ClusterEvent } from "#shared/wire/events.ts";
import { reapMachines } from "./reap.ts";
import type { Loop, LoopNeeds } from "./run-loop.ts";
import { runLoop } from "./run-loop.ts";

export interface ClustersLoopNeeds extends Omit<LoopNeeds, "name" | "clock"> {
  readonly world: World;
  /** Milliseconds since a cluster's head was heard; null: not since this server started. */
  silentMs(cid: string): number | null;
}

export interface ClustersLoop extends Loop {
  /** The head of a cluster told of this: where it may change the cluster's state, that is looked at now. */
  heard(batch: EventBatch): void;
}

/** Types of events after which a cluster may be in another state; those of jobs are many and change nothing here. */
const weighty: ReadonlySet<string> = new Set<ClusterEvent["type"]>([
  "agent-started",
  "node-up",
  "node-lost",
  "autostopping",
]);
/** Looks at once: enough to hide slow clouds, few enough not to be throttled. */
const PARALLEL_LOOKS = 8;
const REAP_EVERY_MS = 60_000;
/** New clusters appear without a word to us. */
const LONGEST_SLEEP_MS = 5_000;
const SHORTEST_SLEEP_MS = 100;

export function startClustersLoop(needs: ClustersLoopNeeds): ClustersLoop {
  const { world } = needs;
  const looked = new Map<string, { at: number; tookMs: number }>();
  const nudged = new Set<string>();
  let plannedAt = world.clock.now();
  let reapAt = 0;
  let silenceCountsFrom = 0;

  async function tick(signal: AbortSignal): Promise<number> {
    const now = world.clock.now();
    if (sleptBetween(plannedAt, now)) silenceCountsFrom = now;
    const clusters = await world.clusters.list();
    forgetGone(looked, clusters);
    const plan = decideLooks(
      clusters.map((cluster) => watched(cluster, now)),
      now,
    );
    const due = clusters.filter((cluster) => plan.due.includes(cluster.cid));
    await inParallel(due, (cluster) => look(cluster, signal));
    if (now >= reapAt) {
      await reapMachines(needs, signal);
      reapAt = world.clock.now() + REAP_EVERY_MS;
    }
    // What has just been looked at has a new time, so the pause is reckoned again.
    const after = decideLooks(
      clusters.map((cluster) => watched(cluster, world.clock.now())),
      world.clock.now(),
    );
    const sleepMs = Math.max(0, Math.min(after.nextAt, reapAt) - world.clock.now(), SHORTEST_SLEEP_MS);
    plannedAt = world.clock.now() + Math.min(sleepMs, LONGEST_SLEEP_MS);
    return Math.min(sleepMs, LONGEST_SLEEP_MS);
  }

  function watched(cluster: ClusterRecord, now: number): WatchedCluster {
    const silentMs = needs.silentMs(cluster.cid);
    return {
      cid: cluster.cid,
      state: cluster.state,
      isPlaced: cluster.placement !== null,
      looked: looked.get(cluster.cid) ?? null,
      silentMs: silentMs === null ? null : Math.min(silentMs, now - silenceCountsFrom),
      isNudged: nudged.has(cluster.cid),
    };
  }

  /** Of a cluster that a request works on, nothing changes: that request says what becomes of it. */
  async function look(cluster: ClusterRecord, signal: AbortSignal): Promise<void> {
    nudged.delete(cluster.cid);
    const begun = world.clock.monotonic();
    try {
      const after = await refreshCluster(world, cluster, { signal });
      if (after?.state !== cluster.state)
        needs.tell("cluster-state-changed", { cid: cluster.cid, from: cluster.state, to: after?.state ?? "gone" });
    } catch (error) {
      // Its cloud cannot be asked now; that is no news about the cluster.
      if (signal.aborted) return;
      needs.tell("cluster-look-failed", { cid: cluster.cid, error: errorText(error) });
    }
    looked.set(cluster.cid, { at: world.clock.now(), tookMs: world.clock.monotonic() - begun });
  }

  const loop = runLoop({ name: "clusters", clock: world.clock, tell: needs.tell }, tick);
  return {
    ...loop,
    [Symbol.asyncDispose]: () => loop[Symbol.asyncDispose](),
    heard(batch) {
      if (!batch.rows.some((row) => weighty.has(String(row.body["type"])))) return;
      nudged.add(batch.cid);
      loop.nudge();
    },
  };
}

function forgetGone(looked: Map<string, unknown>, clusters: readonly ClusterRecord[]): void {
  const living = new Set(clusters.map((cluster) => cluster.cid));
  for (const cid of looked.keys()) if (!living.has(cid)) looked.delete(cid);
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: Math.min(PARALLEL_LOOKS, items.length) }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
