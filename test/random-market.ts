// Small random markets and requests for tests, from a seed, and the plain way to plan them: try everything.
import type { OfferRow } from "#catalog/offer.ts";
import type { CloudRules, CloudView } from "#catalog/query.ts";
import { buildTable } from "#catalog/table.ts";
import type { Resources } from "#shared/task/task.ts";
import type { OptimizeRequest, TaskRequest } from "#controller/core/optimizer/request.ts";

/** Numbers in [0, 1) that only depend on the seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

export type Chance = () => number;

export function upTo(chance: Chance, most: number): number {
  return Math.floor(chance() * (most + 1));
}

export function oneOf<Item>(chance: Chance, items: readonly [Item, ...Item[]]): Item {
  return items[upTo(chance, items.length - 1)] ?? items[0];
}

const DEVICES = ["", "", "T4", "A100", "A100-80GB", "V100"] as const;

export interface Market {
  readonly clouds: readonly string[];
  readonly rowsByCloud: ReadonlyMap<string, readonly OfferRow[]>;
  readonly view: (cloud: string) => CloudView;
  readonly egress: ReadonlyMap<string, number>;
}

/** A market of a few clouds with a few offers each. */
export function randomMarket(chance: Chance, offersMax = 5): Market {
  const clouds = ["east", "west", "north", "south"].slice(0, 1 + upTo(chance, 3));
  const rowsByCloud = new Map(clouds.map((cloud) => [cloud, randomRows(chance, cloud, offersMax)]));
  const egress = new Map(clouds.map((cloud) => [cloud, oneOf(chance, [0, 0.02, 0.09, 0.12])]));
  return marketOf(rowsByCloud, egress);
}

export function marketOf(
  rowsByCloud: ReadonlyMap<string, readonly OfferRow[]>,
  egress: ReadonlyMap<string, number>,
): Market {
  const views = new Map(
    [...rowsByCloud].map(([cloud, rows]) => [
      cloud,
      { rules: plainRules(cloud, egress.get(cloud) ?? 0), table: buildTable(cloud, rows) },
    ]),
  );
  const nothing = (cloud: string) => ({ rules: plainRules(cloud, 0), table: buildTable(cloud, []) });
  return { clouds: [...rowsByCloud.keys()], rowsByCloud, egress, view: (cloud) => views.get(cloud) ?? nothing(cloud) };
}

function randomRows(chance: Chance, cloud: string, offersMax: number): OfferRow[] {
  return Array.from({ length: 1 + upTo(chance, offersMax - 1) }, (_, index) => {
    const device = oneOf(chance, DEVICES);
    const price = Math.round(chance() * 400) / 100;
    return {
      instanceType: `${cloud}-${upTo(chance, 2)}-${device}-${index}`,
      region: `r${upTo(chance, 2)}`,
      zone: chance() < 0.5 ? `z${upTo(chance, 2)}` : null,
      cpus: oneOf(chance, [2, 4, 8, 16]),
      memoryGib: oneOf(chance, [4, 16, 32, 64]),
      accelerator: device === "" ? null : { name: device, count: oneOf(chance, [1, 2, 8]) },
      price: chance() < 0.9 ? price : null,
      spotPrice: chance() < 0.6 ? Math.round(price * 30) / 100 : null,
    };
  });
}

export function plainRules(cloud: string, usdPerGb: number): CloudRules {
  return {
    cloud,
    display: cloud,
    hasZones: true,
    zonalOnDemand: true,
    defaultCpus: null,
    cpusAlways: false,
    defaultMemory: null,
    families: null,
    attach: null,
    unsupported: [],
    diskTiers: [],
    diskTierTypes: {},
    fastNetworkDevices: [],
    regionsFirst: null,
    egressUsd: (gigabytes) => gigabytes * usdPerGb,
    cutToFit: false,
    isSuggested: true,
    onlyWhenNamed: false,
  };
}

/** A request that has a fair chance to fit. */
export function randomResources(chance: Chance, market: Market): Resources {
  const wish: { -readonly [Key in keyof Resources]: Resources[Key] } = {};
  if (chance() < 0.3) wish.cpus = { value: oneOf(chance, [2, 4, 8]), atLeast: chance() < 0.8 };
  if (chance() < 0.2) wish.memory = { value: oneOf(chance, [4, 16]), atLeast: true, perCpu: false };
  if (chance() < 0.25) wish.accelerator = { name: oneOf(chance, ["T4", "A100", "V100"]), count: oneOf(chance, [1, 2]) };
  if (chance() < 0.2) wish.useSpot = true;
  if (chance() < 0.15) wish.cloud = market.clouds[upTo(chance, market.clouds.length - 1)] ?? "east";
  if (chance() < 0.15) wish.maxHourlyCost = 0.5 + chance() * 3;
  return wish;
}

export function randomTask(chance: Chance, market: Market, index: number): TaskRequest {
  const alternatives = Array.from({ length: 1 + upTo(chance, 1) }, () => randomResources(chance, market));
  return {
    name: `t${index}`,
    numNodes: oneOf(chance, [1, 1, 2, 4]),
    resources: { kind: "set", alternatives },
    runtimeSeconds:
      chance() < 0.3
        ? { cpu: 3600, T4: 7200, A100: 1200, "A100-80GB": 1000, V100: 5000 }
        : oneOf(chance, [600, 3600, 9000]),
    outputsGb: oneOf(chance, [0, 1, 10, 100]),
    ...(chance() < 0.2 ? { inputs: { cloud: market.clouds[0] ?? null, sizeGb: oneOf(chance, [1, 50]) } } : {}),
  };
}

/** Edges of a chain, or of a random graph without circles. */
export function randomEdges(chance: Chance, count: number, isChain: boolean): [number, number][] {
  if (isChain) return Array.from({ length: count - 1 }, (_, index) => [index, index + 1]);
  const edges: [number, number][] = [];
  for (let to = 1; to < count; to += 1)
    for (let from = 0; from < to; from += 1) if (chance() < 0.45) edges.push([from, to]);
  return edges;
}

interface Place {
  readonly cloud: string;
  readonly usd: number;
  readonly seconds: number;
}

/** Every place a task can be had, by a plain look at each row. */
export function placesOf(task: TaskRequest, market: Market): Place[] {
  return task.resources.alternatives.flatMap((wish) =>
    [...market.rowsByCloud].flatMap(([cloud, rows]) => {
      if (wish.cloud !== undefined && wish.cloud !== cloud) return [];
      return rows.flatMap((row): Place[] => {
        const price = wish.useSpot === true ? row.spotPrice : row.price;
        if (price === null || !fits(wish, row) || price > (wish.maxHourlyCost ?? Number.POSITIVE_INFINITY)) return [];
        const estimate = task.runtimeSeconds ?? 3600;
        const seconds = typeof estimate === "number" ? estimate : (estimate[row.accelerator?.name ?? "cpu"] ?? 3600);
        return [{ cloud, usd: (price * task.numNodes * seconds) / 3600, seconds }];
      });
    }),
  );
}

function fits(wish: Resources, row: OfferRow): boolean {
  const cpus = row.cpus ?? 0;
  const memory = row.memoryGib ?? 0;
  if (wish.cpus !== undefined && !(wish.cpus.atLeast ? cpus >= wish.cpus.value : cpus === wish.cpus.value))
    return false;
  if (wish.memory !== undefined && memory < wish.memory.value) return false;
  if (wish.accelerator === undefined) return true;
  return row.accelerator?.name === wish.accelerator.name && row.accelerator.count === wish.accelerator.count;
}

/** Least cost and earliest finish over all combinations of places; null when some task fits nowhere. */
export function tryEverything(
  request: OptimizeRequest,
  market: Market,
): { readonly usd: number; readonly seconds: number } | null {
  const places = request.tasks.map((task) => placesOf(task, market));
  if (places.some((list) => list.length === 0)) return null;
  const chosen: Place[] = [];
  let usd = Number.POSITIVE_INFINITY;
  let seconds = Number.POSITIVE_INFINITY;
  const visit = (index: number): void => {
    const list = places[index];
    if (list === undefined) {
      usd = Math.min(usd, costOf(request, chosen, market));
      seconds = Math.min(seconds, finishTime(request, chosen));
      return;
    }
    for (const place of list) {
      chosen[index] = place;
      visit(index + 1);
    }
  };
  visit(0);
  return { usd, seconds };
}

function costOf(request: OptimizeRequest, chosen: readonly Place[], market: Market): number {
  let usd = chosen.reduce((sum, place) => sum + place.usd, 0);
  for (const [from, to] of request.edges ?? []) {
    const [source, sink] = [chosen[from], chosen[to]];
    if (source !== undefined && sink !== undefined && source.cloud !== sink.cloud)
      usd += (market.egress.get(source.cloud) ?? 0) * (request.tasks[from]?.outputsGb ?? 0);
  }
  request.tasks.forEach((task, index) => {
    const place = chosen[index];
    if (
      !readsInputs(request, index) ||
      task.inputs?.cloud === undefined ||
      task.inputs.cloud === null ||
      place === undefined
    )
      return;
    if (task.inputs.cloud !== place.cloud) usd += (market.egress.get(task.inputs.cloud) ?? 0) * task.inputs.sizeGb;
  });
  return usd;
}

function readsInputs(request: OptimizeRequest, index: number): boolean {
  return !(request.edges ?? []).some(([, to]) => to === index);
}

function finishTime(request: OptimizeRequest, chosen: readonly Place[]): number {
  const finish: number[] = [];
  // Edges of the kit only go forward, so index order is an order of time.
  chosen.forEach((place, index) => {
    const inputs = request.tasks[index]?.inputs;
    let start = 0;
    for (const [from, to] of request.edges ?? []) {
      if (to !== index) continue;
      const move = chosen[from]?.cloud === place.cloud ? 0 : (request.tasks[from]?.outputsGb ?? 0) * 0.8;
      start = Math.max(start, (finish[from] ?? 0) + move);
    }
    if (inputs !== undefined && readsInputs(request, index) && inputs.cloud !== null && inputs.cloud !== place.cloud)
      start += inputs.sizeGb * 0.8;
    finish[index] = start + place.seconds;
  });
  return Math.max(0, ...finish);
}
