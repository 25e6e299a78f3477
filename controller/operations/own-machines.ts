// Machines of one's own beside the public catalog: cut to a task's size, within what they have; and what they lack. Pure.
import type { OwnOffer } from "#controller/providers/contract/place.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import type { Resources, Task } from "#shared/task/task.ts";

/**
 * Own offers cut to the tasks' size: such a machine gives a node as many of its processors, memory and devices as are asked
 * for, up to what it has. The catalog would want an offer of exactly that size.
 */
export function fittedOffers(offers: readonly OwnOffer[], tasks: readonly Task[]): readonly OwnOffer[] {
  const fitted = offers.flatMap((offer) => [
    ...tasks.flatMap((task) => fittedToTask(offer, task)),
    { ...offer, accelerator: null, virtual: false },
  ]);
  return [...new Map(fitted.map((offer) => [JSON.stringify(offer), offer])).values()];
}

function fittedToTask(offer: OwnOffer, { numNodes, resources }: Task): OwnOffer[] {
  return resources.alternatives
    .filter((wish) => lackOf(offer, wish, numNodes) === null)
    .map((wish) => cutToSize(offer, wish));
}

function cutToSize(offer: OwnOffer, wish: Resources): OwnOffer {
  const { cpus, memoryGib } = sizeOf(offer, wish);
  const { accelerator } = wish;
  if (accelerator === undefined) return { ...offer, cpus, memoryGib, accelerator: null, virtual: false };
  return { ...offer, cpus, memoryGib, accelerator: { name: accelerator.name, count: accelerator.count } };
}

/** What a node gets: the whole machine where nothing is said. */
function sizeOf(offer: OwnOffer, wish: Resources): { readonly cpus: number; readonly memoryGib: number } {
  const cpus = wish.cpus?.value ?? offer.cpus;
  return { cpus, memoryGib: (wish.memory?.value ?? offer.memoryGib) * (wish.memory?.perCpu === true ? cpus : 1) };
}

/** null: the machine can hold it. Otherwise what it has not, in a few words. */
export function lackOf(offer: OwnOffer, wish: Resources, numNodes: number): string | null {
  const { cpus, memoryGib } = sizeOf(offer, wish);
  const { accelerator } = wish;
  if (accelerator !== undefined && !hasDevices(offer, accelerator)) return `${accelerator.name}:${accelerator.count}`;
  if (wish.cpus !== undefined && cpus > offer.cpus) return `${cpus} vCPUs`;
  if (wish.memory !== undefined && memoryGib > offer.memoryGib) return `${memoryGib} GB of memory`;
  if (offer.nodesMax !== undefined && numNodes > offer.nodesMax) return `${numNodes} nodes`;
  return null;
}

function hasDevices({ accelerator: has }: OwnOffer, asked: { readonly name: string; readonly count: number }): boolean {
  return has !== null && has.name.toLowerCase() === asked.name.toLowerCase() && asked.count <= has.count;
}

/**
 * A task that asks a place of one's own for more than is there is told what is there: no price list could say that.
 * `enabled`: a task that names no cloud means these. @throws StixError resources-unavailable.
 */
export function refuseTooMuch(offers: readonly OwnOffer[], tasks: readonly Task[], enabled: readonly string[]): void {
  for (const { numNodes, resources } of tasks) {
    const refusals = resources.alternatives.map((wish) => refusal(placesOf(offers, wish, enabled), wish, numNodes));
    const [first] = refusals;
    if (first !== undefined && first !== null && refusals.every((each) => each !== null)) throw first;
  }
}

/** The offers of the wish's own cloud; none when public clouds may have what it asks for. */
function placesOf(offers: readonly OwnOffer[], wish: Resources, enabled: readonly string[]): readonly OwnOffer[] {
  if (wish.cloud !== undefined) return offers.filter((offer) => offer.cloud === wish.cloud?.toLowerCase());
  return enabled.every((cloud) => offers.some((offer) => offer.cloud === cloud)) ? offers : [];
}

function refusal(here: readonly OwnOffer[], wish: Resources, numNodes: number): StixError | null {
  const [machine] = here;
  const lacks = here.map((offer) => lackOf(offer, wish, numNodes));
  if (machine === undefined || lacks.includes(null)) return null;
  const devices = here.flatMap(({ accelerator }) =>
    accelerator === null ? [] : [`${accelerator.name}:${accelerator.count}`],
  );
  // Of several kinds of devices the right one says what else is missing.
  const lack =
    lacks[here.findIndex((offer) => wish.accelerator !== undefined && hasDevices(offer, wish.accelerator))] ??
    lacks[0] ??
    "";
  return new StixError({
    code: "resources-unavailable",
    message: `'${machine.cloud}' has no ${lack}; it has ${machineText(machine, devices)}`,
    hint: `ask for less, or name another infra${machine.declare === undefined ? "" : `; ${machine.declare}`}`,
  });
}

function machineText({ cpus, memoryGib, nodesMax }: OwnOffer, devices: readonly string[]): string {
  const size = `${cpus} vCPUs, ${memoryGib} GB of memory and ${devices.length === 0 ? "no accelerators" : devices.join(", ")}`;
  return nodesMax === undefined ? size : `${size} for each of at most ${nodesMax} nodes`;
}
