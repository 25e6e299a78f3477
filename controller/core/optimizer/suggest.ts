// What to say when nothing fits: devices with a similar name that are offered, and the one wish whose absence would help.
import { findRegion, fitsLocalDisk, matchAccelerators, sameCount } from "#catalog/query.ts";
import type { Resources } from "#shared/task/task.ts";
import { candidateAt } from "./candidate.ts";
import { cloudsFor, searchCandidates, type SearchOptions } from "./candidates.ts";
import { missingFeature, requiredFeatures } from "./features.ts";
import type { Infeasible, TaskRequest } from "./request.ts";

/**
 * "V100:4" and the like: names that contain the asked one, with at least its count, on clouds that do not have exactly
 * what is asked but could serve the rest of the request; sorted.
 */
export function similarDevices(
  task: TaskRequest,
  alternatives: readonly Resources[],
  options: SearchOptions,
): string[] {
  const found = new Set<string>();
  for (const resources of alternatives) {
    const needed = requiredFeatures(resources, task.numNodes, task.features);
    const wanted = resources.accelerator;
    if (wanted === undefined) continue;
    const text = wanted.name.toLowerCase();
    for (const cloud of cloudsFor(resources, options)) {
      const { table, rules } = options.view(cloud);
      if (!rules.isSuggested || missingFeature(rules, needed, resources) !== null) continue;
      const region = resources.region === undefined ? -1 : findRegion(table, resources.region);
      const exact = matchAccelerators(table, wanted.name);
      const similar: string[] = [];
      let hasExact = false;
      table.typeAccelerator.forEach((id, type) => {
        if (
          id < 0 ||
          (region >= 0 &&
            !isSoldIn(table.rowRegion, table.typeStart[type] ?? 0, table.typeStart[type + 1] ?? 0, region))
        )
          return;
        const name = table.acceleratorNames[id] ?? "";
        const count = table.typeAcceleratorCount[type] ?? 0;
        if (resources.localDisk !== undefined && !fitsLocalDisk(table, type, resources.localDisk)) return;
        if (exact[id] === 1 && sameCount(count, wanted.count)) hasExact = true;
        if (!name.toLowerCase().includes(text) || count < wanted.count) return;
        similar.push(`${name}:${Number.isInteger(count) ? count : count.toFixed(2)}`);
      });
      if (!hasExact) for (const device of similar) found.add(device);
    }
  }
  return [...found].sort();
}

function isSoldIn(regions: Uint16Array, start: number, end: number, region: number): boolean {
  for (let row = start; row < end; row += 1) if (regions[row] === region) return true;
  return false;
}

// In the order in which people give wishes up.
const FIELDS = [
  ["max_hourly_cost", ["maxHourlyCost"]],
  ["disk_tier", ["diskTier"]],
  ["network_tier", ["networkTier"]],
  ["local_disk", ["localDisk"]],
  ["zone", ["zone"]],
  ["region", ["region", "zone"]],
  ["image_id", ["imageId"]],
  ["ports", ["ports"]],
  ["cpus", ["cpus"]],
  ["memory", ["memory"]],
  ["use_spot", ["useSpot"]],
  ["instance_type", ["instanceType"]],
  ["infra", ["cloud", "region", "zone"]],
  ["accelerators", ["accelerator", "acceleratorArgs"]],
] as const satisfies readonly (readonly [string, readonly (keyof Resources)[]])[];

/** The first wish without which there is an offer, and the cheapest one then; null when no single one would help. */
export function wishToDrop(
  task: TaskRequest,
  alternatives: readonly Resources[],
  options: SearchOptions,
): Infeasible["relax"] {
  for (const [field, keys] of FIELDS) {
    for (const resources of alternatives) {
      if (keys.every((key) => resources[key] === undefined)) continue;
      const relaxed = Object.fromEntries(
        Object.entries(resources).filter(([key]) => !keys.some((dropped) => dropped === key)),
      ) as Resources;
      const found = cheapest(task, relaxed, options);
      if (found !== null) return { field, ...found };
    }
  }
  if (task.numNodes > 1) {
    for (const resources of alternatives) {
      const found = cheapest({ ...task, numNodes: 1 }, resources, options);
      if (found !== null) return { field: "num_nodes", ...found };
    }
  }
  return null;
}

function cheapest(
  task: TaskRequest,
  resources: Resources,
  options: SearchOptions,
): { cheapestUsdPerHour: number; where: string } | null {
  const { columns } = searchCandidates(task, [resources], options);
  let best = -1;
  columns.price.forEach((price, index) => {
    if (best < 0 || price < (columns.price[best] ?? 0)) best = index;
  });
  if (best < 0) return null;
  const candidate = candidateAt(columns, best);
  return {
    cheapestUsdPerHour: candidate.priceUsdPerHour,
    where: `${candidate.instanceType} on ${candidate.cloud}/${candidate.region}`,
  };
}
