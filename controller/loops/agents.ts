// Looks after the way between heads and hub: keeps the hub up, and tells heads that lost it where it is now.
import { clusterState } from "#shared/lifecycle/cluster.ts";
import { STALE_MS } from "#controller/core/cluster/reconcile.ts";
import type { World } from "#controller/operations/operation.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { agentFiles } from "#shared/wire/node-config.ts";
import type { Loop, LoopNeeds } from "./run-loop.ts";
import { runLoop } from "./run-loop.ts";

export interface AgentsLoopNeeds extends Omit<LoopNeeds, "name" | "clock"> {
  readonly world: World;
  silentMs(cid: string): number | null;
  /** Where the hub is; `gen` grows when that changes. */
  endpoints(): { readonly gen: number; readonly endpoints: readonly string[] };
  /** Milliseconds since the hub went to another address; null: not since this server started. */
  movedAgoMs(): number | null;
  /** Brings the hub back if it is away; resolves when it is there. */
  ensure(): Promise<void>;
}

const TICK_MS = 5_000;
const PARALLEL = 8;

/** What is known of a cluster's way to the hub. */
export interface WayFacts {
  readonly cluster: Pick<ClusterRecord, "state" | "instances">;
  /** Since its head was heard; null: not since this server started. */
  readonly silentMs: number | null;
  /** Since this server started. */
  readonly runningMs: number;
  readonly movedAgoMs: number | null;
  /** It was told of this address already. */
  readonly isTold: boolean;
}

/**
 * Who is heard knows the way. Who is not may have lost it, whatever the cluster's row says: a head that cannot reach us is what
 * makes it INIT. Only machines that are switched off are not told; `start` tells them.
 */
export function mustBeTold({ cluster, silentMs, runningMs, movedAgoMs, isTold }: WayFacts): boolean {
  if (isTold || cluster.state === clusterState.STOPPED || cluster.instances.length === 0) return false;
  // Nobody who was not heard since the move can be waited for; without a move, heads need a while to come back to a new server.
  if (movedAgoMs !== null) return silentMs === null || silentMs >= Math.min(STALE_MS, movedAgoMs);
  return (silentMs ?? runningMs) >= STALE_MS;
}

export function startAgentsLoop(needs: AgentsLoopNeeds): Loop {
  const { world } = needs;
  const told = new Map<string, number>();
  const begun = world.clock.monotonic();
  return runLoop({ name: "agents", clock: world.clock, tell: needs.tell }, async (signal) => {
    await needs.ensure();
    const hub = needs.endpoints();
    const movedAgoMs = needs.movedAgoMs();
    const clusters = await world.clusters.list();
    const runningMs = world.clock.monotonic() - begun;
    const due = clusters.filter((cluster) =>
      mustBeTold({
        cluster,
        silentMs: needs.silentMs(cluster.cid),
        runningMs,
        movedAgoMs,
        isTold: told.get(cluster.cid) === hub.gen,
      }),
    );
    // A machine that does not answer must not keep the others waiting.
    const queue = due.values();
    await Promise.all(
      Array.from({ length: PARALLEL }, async () => {
        for (const cluster of queue) {
          if (await tellEndpoints(needs, cluster, hub)) told.set(cluster.cid, hub.gen);
          signal.throwIfAborted();
        }
      }),
    );
    return TICK_MS;
  });
}

/** False: try again at the next tick. */
async function tellEndpoints(
  { world, tell }: AgentsLoopNeeds,
  cluster: ClusterRecord,
  hub: { gen: number; endpoints: readonly string[] },
): Promise<boolean> {
  const head = cluster.instances[0];
  if (cluster.placement === null || head === undefined) return true;
  try {
    const written = await world.shell.writeAgentFile(head, agentFiles.hubEndpoints, `${JSON.stringify(hub)}\n`);
    tell("hub-endpoints-told", { cid: cluster.cid, gen: hub.gen, ok: written.ok });
    return written.ok;
  } catch (error) {
    tell("hub-endpoints-told", { cid: cluster.cid, gen: hub.gen, ok: false, error: errorText(error) });
    return false;
  }
}
