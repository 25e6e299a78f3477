// Ends a cluster: its machines, its credentials, its row. Every step may be repeated.
import type { AttemptRecord, AttemptRefusal } from "#controller/ports/attempts.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import { placeOf } from "#controller/providers/contract/place.ts";
import { attemptState, attemptLife } from "#shared/lifecycle/attempt.ts";
import { afterRemove } from "#controller/core/failover/decide.ts";
import { errorText } from "#shared/errors/stix-error.ts";
import { providerError, providerOf } from "./find-cluster.ts";
import type { OperationContext, World } from "./operation.ts";
import { refusalOf } from "./provision/attempts.ts";

type Ending = Pick<OperationContext, "world" | "signal"> & { readonly request: { readonly id: string } | null };

export interface ForgetOptions {
  /** What a cloud does not remove now stays in the ledger alone, and the reaper goes on with it. */
  readonly leaveToReaper?: boolean;
}

/** Removes machines first and the row last, so that what is left half done is still known. Throws what the cloud says. */
export async function forgetCluster(
  context: Ending,
  cluster: ClusterRecord,
  reason: string,
  { leaveToReaper = false }: ForgetOptions = {},
): Promise<void> {
  const { world } = context;
  const attempts = await world.clusters.attempts(cluster.cid);
  for (const cloud of placesOf(cluster, attempts)) {
    const there = attempts.filter(({ placement }) => placement.cloud === cloud);
    const refusal = await removeAll(context, cluster, there, cloud);
    const mayExist = there.length === 0 || there.some((attempt) => !attemptLife.isTerminal(attempt.state));
    if (refusal !== null && mayExist && !leaveToReaper)
      throw providerError(`cannot remove the machines of cluster '${cluster.name}'`, refusal);
  }
  await endRow(world, cluster, reason, context.request?.id ?? null);
}

/** Where its attempts were, and where its row says that it is: that of an older version may have no attempt. */
function placesOf({ placement }: ClusterRecord, attempts: readonly AttemptRecord[]): ReadonlySet<string> {
  return new Set([
    ...attempts.map((attempt) => attempt.placement.cloud),
    ...(placement === null ? [] : [placement.cloud]),
  ]);
}

/** Everything of the cluster at a cloud, what its attempts share included. null: it is gone. */
async function removeAll(
  { world, signal }: Ending,
  cluster: ClusterRecord,
  attempts: readonly AttemptRecord[],
  cloud: string,
): Promise<AttemptRefusal | null> {
  const { clusters, clock } = world;
  const leaving: AttemptRecord[] = [];
  for (const { id } of attempts) {
    const moved = await clusters.moveAttempt(id, "remove", clock.now());
    if (moved !== null) leaving.push(moved);
  }
  const provider = await providerOf(world, cluster, cloud);
  // The attempts may have stood in several regions.
  const place = placeOf({ cloud, region: null, zone: null }, cluster.workspace);
  const answer = await provider.remove({ place, cid: cluster.cid, attempt: null }, signal);
  const refusal = answer.ok ? null : refusalOf(answer, clock.now());
  for (const attempt of leaving) {
    const { event, ...note } = afterRemove(attempt, refusal);
    await clusters.moveAttempt(attempt.id, event, clock.now(), note);
  }
  return refusal;
}

/** Its removal was begun and broke off: some of its machines are gone, and the reaper takes the rest. Of such a cluster nothing can be used. */
export async function isLeaving(world: World, cluster: ClusterRecord): Promise<boolean> {
  if (cluster.instances.length === 0) return false;
  const open = (await world.clusters.attempts(cluster.cid)).filter(({ state }) => !attemptLife.isTerminal(state));
  return open.length > 0 && open.every(({ state }) => state === attemptState.removing);
}

/** The row alone, for `down --purge`: machines that could not be removed may stay, and the log says so. */
export async function purgeCluster(context: OperationContext, cluster: ClusterRecord): Promise<void> {
  try {
    await forgetCluster(context, cluster, "purged");
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.log.line(
      `Could not remove the machines of '${cluster.name}': ${errorText(error)}. It is forgotten all the same; look in the cloud's console for machines marked ${cluster.cid}.`,
    );
    await endRow(context.world, cluster, "purged; its machines may still exist", context.request.id);
  }
}

async function endRow(world: World, cluster: ClusterRecord, reason: string, requestId: string | null): Promise<void> {
  await world.agents.revoke(cluster.cid);
  await world.clusters.markRemoved(cluster.cid, world.clock.now(), reason, requestId);
}
