// Chooses where a task is to run: asks clouds what they sell, lets the optimizer choose, and gives the place to create.
import { asIfNothingFits } from "#controller/core/optimizer/infeasible.ts";
import type { BlockedOffer, Target } from "#controller/core/optimizer/request.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { Feature } from "#catalog/query.ts";
import type { RequestLog } from "#controller/ports/request-logs.ts";
import { isStixError, StixError } from "#shared/errors/stix-error.ts";
import type { Dag, Resources, Task } from "#shared/task/task.ts";
import { enabledClouds, ownOffers } from "./enabled-clouds.ts";
import { knownClouds } from "./known-clouds.ts";
import { planTask, taskRequest, type PlannedDag } from "./optimize.ts";
import { fittedOffers, refuseTooMuch } from "./own-machines.ts";
import type { World } from "./operation.ts";

export interface PlanWish {
  readonly dag: Dag;
  readonly minimize: Target;
  readonly blocked?: readonly BlockedOffer[];
  readonly features?: readonly Feature[];
  /** Treated as enabled, for plans only. */
  readonly assumeEnabled?: readonly string[];
  /** All nodes together. */
  readonly maxUsdPerHour?: number;
  /** Letters of a line of the printed plan; null: as wide as it is. */
  readonly columns?: number | null;
}

export interface LaunchPlan {
  readonly planned: PlannedDag;
  readonly placement: Placement;
  /** The alternative of the task that was chosen. */
  readonly resources: Resources;
}

/** Throws resources-unavailable and other errors of the optimizer: what cannot be had, and what to relax. */
export async function planDag(world: World, wish: PlanWish, signal: AbortSignal): Promise<PlannedDag> {
  const enabled = await enabledClouds(world, signal);
  const clouds = [...new Set([...enabled, ...knownClouds(world, wish.assumeEnabled ?? [])])];
  const offers = await ownOffers(world, enabled, signal);
  try {
    refuseTooMuch(offers, wish.dag.tasks, clouds);
  } catch (error) {
    throw isStixError(error) ? toldAsPlan(world, error, wish.dag.tasks, clouds) : error;
  }
  return planTask(wish.dag, {
    catalog: world.catalog(),
    enabledClouds: clouds,
    minimize: wish.minimize,
    today: new Date(world.clock.now()).toISOString().slice(0, 10),
    ownOffers: fittedOffers(offers, wish.dag.tasks),
    ...(wish.blocked === undefined ? {} : { blocked: wish.blocked }),
    ...(wish.features === undefined ? {} : { features: wish.features }),
    ...(wish.maxUsdPerHour === undefined ? {} : { maxUsdPerHour: wish.maxUsdPerHour }),
    ...(wish.columns === undefined || wish.columns === null ? {} : { columns: wish.columns }),
  });
}

/** A refusal by a machine of one's own with what a plan would say too: what was asked, and that a name is not known. */
function toldAsPlan(world: World, error: StixError, tasks: readonly Task[], clouds: readonly string[]): StixError {
  const catalog = world.catalog();
  const market = {
    enabledClouds: clouds,
    blocked: [],
    view: (cloud: string) => catalog.view(cloud),
    devices: catalog.devices(),
  };
  const told = tasks.map((task, index) => asIfNothingFits(taskRequest(task, index), market));
  const unknown = told.find((each) => each.unknown !== null)?.unknown ?? null;
  return new StixError({
    code: error.code,
    message: unknown === null ? error.message : `${unknown.message}; ${error.message}`,
    hint: unknown?.hint ?? error.hint,
    details: { ...error.details, story: told.flatMap(({ story }) => story) },
  });
}

/** The plan; why there is none goes into the log as well, before the error ends the request. */
export async function tellingWhy<Made>(log: RequestLog, plan: Promise<Made>): Promise<Made> {
  try {
    return await plan;
  } catch (error) {
    const story: unknown = isStixError(error) ? error.details["story"] : undefined;
    if (Array.isArray(story)) for (const line of story) log.line(String(line));
    throw error;
  }
}

export async function planLaunch(
  world: World,
  task: Task,
  wish: Omit<PlanWish, "dag">,
  signal: AbortSignal,
): Promise<LaunchPlan> {
  const dag: Dag = { kind: "single", tasks: [task] };
  const planned = await planDag(world, { ...wish, dag }, signal);
  const chosen = planned.plan.tasks[0];
  const candidate = planned.candidates[0];
  if (chosen === undefined || candidate === undefined) throw new RangeError("a plan without a task");
  const placement: Placement = {
    cloud: candidate.cloud,
    region: candidate.region,
    zone: candidate.zone,
    instanceType: candidate.instanceType,
    useSpot: candidate.useSpot,
    cpus: candidate.cpus ?? 1,
    memoryGib: candidate.memoryGib ?? 1,
    accelerator: candidate.accelerator,
    virtual: await isVirtual(world, candidate.cloud, candidate.accelerator?.name ?? null, signal),
    priceUsdPerHour: candidate.priceUsdPerHour,
  };
  return { planned, placement, resources: chosen.resources };
}

async function isVirtual(
  world: World,
  cloud: string,
  accelerator: string | null,
  signal: AbortSignal,
): Promise<boolean> {
  if (accelerator === null) return false;
  return (await ownOffers(world, [cloud], signal)).some(
    (offer) => offer.accelerator?.name.toLowerCase() === accelerator.toLowerCase() && offer.virtual,
  );
}
