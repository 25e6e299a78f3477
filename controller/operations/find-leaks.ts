// Compares what clouds list by our mark with the ledger. Looks only; what becomes of strange machines the user says.
import { decideReaping, type KnownCluster, type Removable } from "#controller/core/failover/reap.ts";
import type { AttemptRecord } from "#controller/ports/attempts.ts";
import type { Leak } from "#controller/ports/leaks.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Provider } from "#controller/providers/contract/provider.ts";
import { isClusterBusy } from "./cluster-lock.ts";
import { readLeakFacts } from "./leak-facts.ts";
import type { World } from "./operation.ts";

export interface CloudMachines {
  readonly provider: Provider;
  readonly machines: readonly Instance[];
  /** Cluster ids of which no row knows, or knows other machines. */
  readonly strange: readonly string[];
}

export interface Survey {
  /** Those that answered. */
  readonly clouds: readonly CloudMachines[];
  /** Clouds that did not, with their words. */
  readonly unasked: readonly string[];
  /** What no living attempt owns. */
  readonly remove: readonly (Removable & { readonly record: AttemptRecord | null })[];
}

/** The rows are read after the machines: whatever a cloud lists had its row before it was asked for. */
export async function surveyMachines(world: World, signal: AbortSignal): Promise<Survey> {
  const { answers, unasked } = await listAll(world, signal);
  const open = await world.clusters.openAttempts();
  const known = new Map<string, KnownCluster>();
  const records = new Map<string, AttemptRecord>();
  const cids = [...answers.flatMap(({ machines }) => machines), ...open].map(({ cid }) => cid);
  for (const cid of new Set(cids)) {
    const attempts = await world.clusters.attempts(cid);
    for (const attempt of attempts) records.set(attempt.id, attempt);
    const cluster = await knownCluster(world, cid, attempts);
    if (cluster !== null) known.set(cid, cluster);
  }
  const machines = answers.flatMap(({ provider, machines: own }) =>
    own.map(({ cid, attempt }) => ({ cloud: provider.cloud, cid, attempt })),
  );
  const { remove, strange } = decideReaping(machines, known, world.clock.now());
  return {
    clouds: answers.map((answer) => ({
      ...answer,
      strange: strange.filter(({ cloud }) => cloud === answer.provider.cloud).map(({ cid }) => cid),
    })),
    unasked,
    remove: remove.map((each) => ({ ...each, record: records.get(each.attempt ?? "") ?? null })),
  };
}

async function listAll(world: World, signal: AbortSignal) {
  const answers: { readonly provider: Provider; readonly machines: readonly Instance[] }[] = [];
  const unasked: string[] = [];
  for (const provider of await world.providers.all()) {
    const listed = await provider.list({ place: provider.everywhere, cid: null }, signal);
    if (listed.ok) answers.push({ provider, machines: listed.value });
    else unasked.push(`${provider.cloud}: ${listed.message}`);
  }
  return { answers, unasked };
}

/** null: nothing is known of it. */
async function knownCluster(
  world: World,
  cid: string,
  attempts: readonly AttemptRecord[],
): Promise<KnownCluster | null> {
  const row = await world.clusters.get(cid);
  if (row === null && attempts.length === 0) return null;
  const isLiving = row !== null && row.removedAt === null;
  return {
    row: isLiving ? "living" : "ended",
    isBusy: isLiving && (await isClusterBusy(world, row.name)),
    attempts: attempts.map(({ id, placement, state, removal }) => ({ id, cloud: placement.cloud, state, removal })),
  };
}

export async function leaksOf(
  { shell }: Pick<World, "shell">,
  { provider, machines, strange }: CloudMachines,
): Promise<readonly Leak[]> {
  return await Promise.all(
    strange.map(async (cid) => {
      const own = machines.filter((machine) => machine.cid === cid);
      const facts = await readLeakFacts(shell, own);
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
