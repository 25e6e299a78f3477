// Tasks that run side by side and talk to each other: all in one region of one cloud, where their sum is least.
import type { Infeasible, OptimizeRequest, Plan } from "./request.ts";
import { optimize } from "./optimize.ts";
import { searchCandidates } from "./candidates.ts";
import { resolveResources } from "./resolve.ts";
import { cloudAt, weigh } from "./weigh.ts";

/**
 * One (cloud, region) for all tasks, of least summed cost; the first by name among equals. `interConnection` false, or
 * tasks that are pinned to different places, are planned each by itself. True keeps to clouds with a network of pods.
 */
export function optimizeGroup(request: OptimizeRequest, interConnection: boolean | undefined): Plan | Infeasible {
  if (interConnection === false) return optimize(request);
  const enabledClouds =
    interConnection === true
      ? request.enabledClouds.filter((cloud) => request.view(cloud).rules.cutToFit)
      : request.enabledClouds;
  const connected = { ...request, enabledClouds: enabledClouds.length > 0 ? enabledClouds : request.enabledClouds };
  const place = cheapestPlace(connected);
  if (place === null) return optimize(request);
  const plan = optimize({
    ...connected,
    tasks: connected.tasks.map((task) => ({ ...task, resources: pinned(task.resources, place) })),
  });
  if (plan.kind === "infeasible" || request.view(place.cloud).rules.cutToFit) return plan;
  const warning = `${request.view(place.cloud).rules.display} gives the tasks of a group no names for each other: they are in one region, but not connected`;
  return { ...plan, warnings: [...plan.warnings, warning] };
}

interface Place {
  readonly cloud: string;
  readonly region: string;
}

function cheapestPlace(request: OptimizeRequest): Place | null {
  let common: Map<string, number> | null = null;
  for (const task of request.tasks) {
    const own = placeCosts(task, request);
    if (common === null) {
      common = own;
      continue;
    }
    const both = new Map<string, number>();
    for (const [key, cost] of common) {
      const more = own.get(key);
      if (more !== undefined) both.set(key, cost + more);
    }
    common = both;
  }
  const best = [...(common ?? [])].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))[0];
  const [cloud, region] = best?.[0].split("\0") ?? [];
  return cloud === undefined || region === undefined ? null : { cloud, region };
}

/** Least cost of a task by "cloud\0region". */
function placeCosts(task: OptimizeRequest["tasks"][number], request: OptimizeRequest): Map<string, number> {
  const alternatives = task.resources.alternatives.flatMap((resources) => {
    const resolution = resolveResources(resources, request);
    return resolution.kind === "resolved" ? [resolution.resources] : [];
  });
  const { columns } = searchCandidates(task, alternatives, {
    enabledClouds: request.enabledClouds,
    blocked: request.blocked ?? [],
    view: request.view,
  });
  const { costUsd } = weigh(task, columns, request);
  const costs = new Map<string, number>();
  for (let index = 0; index < columns.row.length; index += 1) {
    const table = columns.views[columns.view[index] ?? 0]?.table;
    const region = table?.regions[table.rowRegion[columns.row[index] ?? 0] ?? 0] ?? "";
    const key = `${cloudAt(columns, index)}\0${region}`;
    const cost = costUsd[index] ?? 0;
    if (cost < (costs.get(key) ?? Number.POSITIVE_INFINITY)) costs.set(key, cost);
  }
  return costs;
}

function pinned(choice: OptimizeRequest["tasks"][number]["resources"], place: Place): typeof choice {
  const fitting = choice.alternatives.filter(
    (resources) =>
      (resources.cloud ?? place.cloud).toLowerCase() === place.cloud &&
      (resources.region ?? place.region) === place.region,
  );
  return {
    kind: choice.kind,
    alternatives: (fitting.length > 0 ? fitting : choice.alternatives).map((resources) => ({ ...resources, ...place })),
  };
}
