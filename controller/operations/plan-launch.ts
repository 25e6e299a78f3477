// Chooses where a task is to run: asks clouds what they sell, lets the optimizer choose, and gives the place to create.
import type { BlockedOffer, Target } from "#controller/core/optimizer/request.ts";
import type { OwnOffer, Placement } from "#controller/providers/contract/provider.ts";
import type { Feature } from "#catalog/query.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Dag, Resources, Task } from "#shared/task/task.ts";
import { enabledClouds, ownOffers } from "./enabled-clouds.ts";
import { planTask, type PlannedDag } from "./optimize.ts";
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
  const clouds = [...new Set([...enabled, ...(wish.assumeEnabled ?? [])])];
  const offers = await ownOffers(world, enabled, signal);
  refuseMissingDevices(offers, wish.dag.tasks);
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

export async function planLaunch(world: World, task: Task, wish: Omit<PlanWish, "dag">, signal: AbortSignal): Promise<LaunchPlan> {
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
    virtual: (await isVirtual(world, candidate.cloud, candidate.accelerator?.name ?? null, signal)),
    priceUsdPerHour: candidate.priceUsdPerHour,
  };
  return { planned, placement, resources: chosen.resources };
}

/** A task that names a place of one's own and devices that are not there is told what is there: no price list could say that. */
function refuseMissingDevices(offers: readonly OwnOffer[], tasks: readonly Task[]): void {
  for (const task of tasks) {
    const lacking = task.resources.alternatives.map((wish) => missingDevice(offers, wish));
    const first = lacking.find((each) => each !== null);
    if (first !== undefined && first !== null && lacking.every((each) => each !== null)) throw first;
  }
}

function missingDevice(offers: readonly OwnOffer[], wish: Resources): StixError | null {
  const here = offers.filter((offer) => offer.cloud === wish.cloud);
  const { accelerator } = wish;
  if (accelerator === undefined || here.length === 0 || here.some((offer) => fittedOffer(offer, wish).length > 0)) return null;
  const has = here.flatMap((offer) => (offer.accelerator === null ? [] : [`${offer.accelerator.name}:${offer.accelerator.count}`]));
  return new StixError({
    code: "resources-unavailable",
    message: `'${here[0]?.cloud ?? ""}' has no ${accelerator.name}:${accelerator.count}; it has ${has.length === 0 ? "no accelerators" : has.join(", ")}`,
    hint: has.length === 0 ? "leave out accelerators, or name another infra" : `ask for ${has.join(" or ")}, or name another infra`,
  });
}

/**
 * Own offers cut to the tasks' size: a machine of one's own takes processors and memory as declared, and gives as many of its
 * devices as are asked for. The catalog would want an offer of exactly that size.
 */
function fittedOffers(offers: readonly OwnOffer[], tasks: readonly Task[]): readonly OwnOffer[] {
  const wishes = tasks.flatMap((task) => task.resources.alternatives);
  const fitted = offers.flatMap((offer) => [...wishes.flatMap((wish) => fittedOffer(offer, wish)), { ...offer, accelerator: null, virtual: false }]);
  return [...new Map(fitted.map((offer) => [JSON.stringify(offer), offer])).values()];
}

function fittedOffer(offer: OwnOffer, wish: Resources): OwnOffer[] {
  const cpus = wish.cpus?.value ?? offer.cpus;
  const memoryGib = (wish.memory?.value ?? offer.memoryGib) * (wish.memory?.perCpu === true ? cpus : 1);
  if (wish.accelerator === undefined) return [{ ...offer, cpus, memoryGib, accelerator: null, virtual: false }];
  const has = offer.accelerator;
  if (has === null || has.name.toLowerCase() !== wish.accelerator.name.toLowerCase() || wish.accelerator.count > has.count) return [];
  return [{ ...offer, cpus, memoryGib, accelerator: { name: wish.accelerator.name, count: wish.accelerator.count } }];
}

async function isVirtual(world: World, cloud: string, accelerator: string | null, signal: AbortSignal): Promise<boolean> {
  if (accelerator === null) return false;
  return (await ownOffers(world, [cloud], signal)).some((offer) => offer.accelerator?.name.toLowerCase() === accelerator.toLowerCase() && offer.virtual);
}
