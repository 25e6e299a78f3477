// Removes machines that no living attempt owns: what a crash, a lying answer or a slow cloud has left. Those of which nothing is
// known are told, and left alone.
import { leaksOf, surveyMachines, type Survey } from "#controller/operations/find-leaks.ts";
import type { World } from "#controller/operations/operation.ts";
import { removeAttempt } from "#controller/operations/provision/attempts.ts";
import { DEFAULT_WORKSPACE } from "#shared/access/principal.ts";
import type { LoopNeeds } from "./run-loop.ts";

export interface ReapNeeds extends Pick<LoopNeeds, "tell"> {
  readonly world: World;
}

export async function reapMachines({ world, tell }: ReapNeeds, signal: AbortSignal): Promise<void> {
  const survey = await surveyMachines(world, signal);
  const leaks = (await Promise.all(survey.clouds.map((cloud) => leaksOf(world, cloud)))).flat();
  for (const { cid, cloud } of leaks)
    if (!world.leaks.known().some((leak) => leak.cid === cid)) tell("machines-without-record", { cid, cloud });
  world.leaks.replace(leaks);
  for (const leftover of survey.remove) {
    const { cid, cloud, attempt } = leftover;
    const error = await removeLeftover(world, leftover, signal);
    if (error === null) tell("leftover-removed", { cid, cloud, attempt });
    else tell("leftover-stays", { cid, cloud, attempt, error });
  }
}

/** null: it is gone. */
async function removeLeftover(
  world: World,
  { cid, cloud, attempt, record }: Survey["remove"][number],
  signal: AbortSignal,
): Promise<string | null> {
  if (record !== null) return (await removeAttempt({ world, signal }, record))?.message ?? null;
  // The row outlives the cluster.
  const workspace = (await world.clusters.get(cid))?.workspace ?? DEFAULT_WORKSPACE;
  const provider = await world.providers.load(cloud, workspace);
  const answer = await provider?.remove({ place: provider.everywhere, cid, attempt }, signal);
  return answer?.ok === false ? answer.message : null;
}
