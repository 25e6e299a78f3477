// The deeds of failover on one attempt: each writes its intent into the ledger, asks the cloud, and writes the answer. Any of them may be repeated by any server.
import { afterCreate, afterRemove } from "#controller/core/failover/decide.ts";
import type { AttemptRecord, AttemptRefusal } from "#controller/ports/attempts.ts";
import type { ClusterRecord } from "#controller/ports/clusters.ts";
import type { ProviderFailure } from "#controller/providers/contract/failure.ts";
import { placeOf } from "#controller/providers/contract/place.ts";
import type { Doomed } from "#controller/providers/contract/provider.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import { DEFAULT_WORKSPACE } from "#shared/access/principal.ts";
import { attemptState } from "#shared/lifecycle/attempt.ts";
import type { World } from "../operation.ts";

type Deed = { readonly world: Pick<World, "clusters" | "clock" | "providers">; readonly signal: AbortSignal };

/** The machines the cloud named, or what it said instead. null: another server has moved the attempt on, whose word counts. */
export type CreateOutcome =
  | { readonly machines: readonly Instance[]; readonly refusal: null }
  | { readonly machines: null; readonly refusal: AttemptRefusal };

/** Asks the cloud for the attempt's machines; of an attempt that was asked for before, the same ones. */
export async function createAttempt(
  { world, signal }: Deed,
  cluster: ClusterRecord,
  attempt: AttemptRecord,
): Promise<CreateOutcome | null> {
  const { clusters, clock } = world;
  const isNew = attempt.state === attemptState.intended || attempt.state === attemptState.creating;
  const asked = isNew ? await clusters.moveAttempt(attempt.id, "create", clock.now()) : attempt;
  if (asked === null) return null;
  const { cloud, region, zone, ...machine } = attempt.placement;
  const provider = await world.providers.load(cloud, cluster.workspace);
  const answer =
    provider === null
      ? unknownCloud(cloud)
      : await provider.create(
          {
            cid: cluster.cid,
            attempt: attempt.id,
            clusterName: cluster.name,
            nodeCount: cluster.nodeCount,
            place: { cloud, region, zone, workspace: cluster.workspace },
            machine,
            resources: cluster.resources,
          },
          signal,
        );
  const outcome = answer.ok
    ? { machines: inOrder(answer.value), refusal: null }
    : { machines: null, refusal: refusalOf(answer, clock.now()) };
  const { event, ...note } = afterCreate(asked, outcome.refusal);
  // Made and named again: the ledger says so already.
  if (asked.state === attemptState.made && outcome.refusal === null) return outcome;
  return (await clusters.moveAttempt(attempt.id, event, clock.now(), note)) === null ? null : outcome;
}

/** The cluster takes the attempt's machines. False: the attempt has none any more, or the cluster is gone. */
export async function adoptAttempt(
  { world }: Pick<Deed, "world">,
  cluster: ClusterRecord,
  attempt: AttemptRecord,
  { instances, requestId }: { readonly instances: readonly Instance[]; readonly requestId: string },
): Promise<boolean> {
  return await world.clusters.step(cluster.cid, {
    event: "make",
    reason: "its machines are made",
    at: world.clock.now(),
    requestId,
    change: { instances, placement: attempt.placement },
    attempt: { id: attempt.id, event: "adopt" },
  });
}

/** One try to remove what carries the attempt's key. null: nothing of it exists. Otherwise what the cloud said; the ledger has it too. */
export async function removeAttempt(deed: Deed, attempt: AttemptRecord): Promise<AttemptRefusal | null> {
  const { world, signal } = deed;
  const { clusters, clock } = world;
  const leaving = await clusters.moveAttempt(attempt.id, "remove", clock.now());
  // Proven gone by another server; or it was, and machines of it have appeared late.
  const { id, cid, placement } = leaving ?? attempt;
  // The row outlives the cluster.
  const workspace = (await clusters.get(cid))?.workspace ?? DEFAULT_WORKSPACE;
  const provider = await world.providers.load(placement.cloud, workspace);
  const doomed: Doomed = { place: placeOf(placement, workspace), cid, attempt: id };
  const answer = provider === null ? unknownCloud(placement.cloud) : await provider.remove(doomed, signal);
  const refusal = answer.ok ? null : refusalOf(answer, clock.now());
  if (leaving !== null) {
    const { event, ...note } = afterRemove(leaving, refusal);
    await clusters.moveAttempt(attempt.id, event, clock.now(), note);
  }
  return refusal;
}

export function refusalOf({ ok: _, ...failure }: ProviderFailure, at: number): AttemptRefusal {
  return { ...failure, at };
}

function unknownCloud(cloud: string): ProviderFailure {
  return {
    ok: false,
    kind: "unsupported",
    reach: "cloud",
    message: `this program does not know '${cloud}'`,
    hint: "use the version of stix that made it",
  };
}

/** n0 first, by number. */
export function inOrder(instances: readonly Instance[]): readonly Instance[] {
  return instances.toSorted((left, right) => Number(left.nid.slice(1)) - Number(right.nid.slice(1)));
}
