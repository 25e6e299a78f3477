// Finds machines that clouds list by our mark and that no row knows. Looks only; what becomes of them the user says.
import { decideReaping, type Intent } from "#controller/core/cluster/reconcile.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { Leak } from "#controller/ports/leaks.ts";
import type { Instance, Provider } from "#controller/providers/contract/provider.ts";
import { readLeakFacts } from "./leak-facts.ts";
import type { World } from "./operation.ts";

export interface CloudMachines {
  readonly provider: Provider;
  readonly machines: readonly Instance[];
  /** Cluster ids whose row was ended. */
  readonly ended: readonly string[];
  /** Cluster ids that no row knows. */
  readonly strange: readonly string[];
}

/** Of every cloud that answers. `unasked`: clouds that did not, with their words. */
export async function listMarkedMachines(
  world: World,
  signal: AbortSignal,
): Promise<{ readonly clouds: readonly CloudMachines[]; readonly unasked: readonly string[] }> {
  const clouds: CloudMachines[] = [];
  const unasked: string[] = [];
  for (const name of world.providers.names) {
    const provider = await world.providers.load(name);
    if (provider === null) continue;
    const listed = await provider.list(null, signal);
    if (!listed.ok) {
      unasked.push(`${name}: ${listed.message}`);
      continue;
    }
    const intents = new Map<string, Intent>();
    for (const { cid } of listed.value)
      if (!intents.has(cid)) intents.set(cid, intentOf(await world.clusters.get(cid)));
    const { remove, strange } = decideReaping(listed.value, intents);
    clouds.push({ provider, machines: listed.value, ended: remove, strange });
  }
  return { clouds, unasked };
}

export async function leaksOf({ provider, machines, strange }: CloudMachines): Promise<readonly Leak[]> {
  return await Promise.all(
    strange.map(async (cid) => {
      const own = machines.filter((machine) => machine.cid === cid);
      const facts = await readLeakFacts(provider, own);
      return {
        cid,
        cloud: provider.cloud,
        name: facts?.name ?? null,
        nodeCount: own.length,
        runningCount: own.filter((machine) => machine.state === "running").length,
      };
    }),
  );
}

function intentOf(row: ClusterRecord | null): Intent {
  if (row === null) return "unknown";
  return row.removedAt === null ? "wanted" : "ended";
}
