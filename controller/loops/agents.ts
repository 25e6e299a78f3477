// Looks after the way between heads and hub: keeps the hub up, and tells heads that lost it where it is now.
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
  /** Brings the hub back if it is away; resolves when it is there. */
  ensure(): Promise<void>;
}

const TICK_MS = 5_000;

export function startAgentsLoop(needs: AgentsLoopNeeds): Loop {
  const { world } = needs;
  const told = new Map<string, number>();
  const begun = world.clock.monotonic();
  return runLoop({ name: "agents", clock: world.clock, tell: needs.tell }, async (signal) => {
    await needs.ensure();
    const { gen, endpoints } = needs.endpoints();
    for (const cluster of await world.clusters.list()) {
      const silentMs = needs.silentMs(cluster.cid) ?? world.clock.monotonic() - begun;
      // Who is heard knows the way.
      if (cluster.state !== "UP" || silentMs < STALE_MS || told.get(cluster.cid) === gen) continue;
      if (await tellEndpoints(needs, cluster, { gen, endpoints })) told.set(cluster.cid, gen);
      signal.throwIfAborted();
    }
    return TICK_MS;
  });
}

/** False: try again at the next tick. */
async function tellEndpoints({ world, tell }: AgentsLoopNeeds, cluster: ClusterRecord, hub: { gen: number; endpoints: readonly string[] }): Promise<boolean> {
  const head = cluster.instances[0];
  const provider = cluster.placement === null ? null : await world.providers.load(cluster.placement.cloud);
  if (provider === null || head === undefined) return true;
  try {
    const written = await provider.access.writeAgentFile(head, agentFiles.hubEndpoints, `${JSON.stringify(hub)}\n`);
    tell("hub-endpoints-told", { cid: cluster.cid, gen: hub.gen, ok: written.ok });
    return written.ok;
  } catch (error) {
    tell("hub-endpoints-told", { cid: cluster.cid, gen: hub.gen, ok: false, error: errorText(error) });
    return false;
  }
}
