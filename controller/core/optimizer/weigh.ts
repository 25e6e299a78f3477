// What a task costs and how long it takes at each of its candidates, and the few candidates that can be in a best plan.
import { candidateAt } from "./candidate.ts";
import type { CandidateColumns } from "./candidates.ts";
import type { ExpectedPrice, ReservedNodes, RuntimeEstimate, Target, TaskRequest, Weighed } from "./request.ts";
import { NO_BAND } from "#catalog/table.ts";

const HOUR_SECONDS = 3600;

export interface Weights {
  readonly costUsd: Float64Array;
  readonly seconds: Float64Array;
}

export interface WeighOptions {
  readonly reservedNodes?: ReservedNodes;
  readonly expectedPrice?: ExpectedPrice;
}

/** By candidate. Without an estimate a task takes an hour. */
export function weigh(task: TaskRequest, columns: CandidateColumns, options: WeighOptions): Weights {
  const count = columns.row.length;
  const costUsd = new Float64Array(count);
  const seconds = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    const took = secondsOf(task.runtimeSeconds, columns, index);
    const nodes =
      options.reservedNodes === undefined ? task.numNodes : unpaidNodes(task, columns, index, options.reservedNodes);
    seconds[index] = took;
    costUsd[index] = (priceOf(columns, index, options.expectedPrice) * nodes * took) / HOUR_SECONDS;
  }
  return { costUsd, seconds };
}

function secondsOf(estimate: RuntimeEstimate | undefined, columns: CandidateColumns, index: number): number {
  if (estimate === undefined) return HOUR_SECONDS;
  if (typeof estimate === "number") return estimate;
  return estimate[deviceName(columns, index) ?? "cpu"] ?? HOUR_SECONDS;
}

function priceOf(columns: CandidateColumns, index: number, expected: ExpectedPrice | undefined): number {
  const price = columns.price[index] ?? 0;
  if (expected === undefined || columns.useSpot[index] !== true) return price;
  const band = columns.views[columns.view[index] ?? 0]?.table.rowBand[columns.row[index] ?? 0] ?? NO_BAND;
  return expected({ spotPrice: price, band: band === NO_BAND ? null : band, accelerator: deviceName(columns, index) });
}

function unpaidNodes(task: TaskRequest, columns: CandidateColumns, index: number, reserved: ReservedNodes): number {
  return Math.max(0, task.numNodes - reserved(candidateAt(columns, index)));
}

function deviceName(columns: CandidateColumns, index: number): string | null {
  return deviceKey(columns, index)?.name ?? null;
}

function deviceKey(columns: CandidateColumns, index: number): { readonly name: string; readonly count: number } | null {
  const table = columns.views[columns.view[index] ?? 0]?.table;
  if (table === undefined) return null;
  const device = columns.device[index] ?? -1;
  const type = device < 0 ? (columns.type[index] ?? 0) : device;
  const id = table.typeAccelerator[type] ?? -1;
  return id < 0 ? null : { name: table.acceleratorNames[id] ?? "", count: table.typeAcceleratorCount[type] ?? 0 };
}

/** Cloud of a candidate. */
export function cloudAt(columns: CandidateColumns, index: number): string {
  return columns.views[columns.view[index] ?? 0]?.rules.cloud ?? "";
}

/**
 * Candidates that can be in a best plan: of each cloud the cheapest, and when time counts those that are faster the more
 * they cost. `alternative` null: any. The earlier candidate wins among equals.
 */
export function frontier(
  columns: CandidateColumns,
  weights: Weights,
  target: Target,
  alternative: number | null,
): number[] {
  const byCloud = new Map<string, number[]>();
  for (let index = 0; index < columns.row.length; index += 1) {
    if (alternative !== null && columns.alternative[index] !== alternative) continue;
    const cloud = cloudAt(columns, index);
    const best = byCloud.get(cloud);
    if (best === undefined) byCloud.set(cloud, [index]);
    else keepBest(best, index, weights, target);
  }
  return [...byCloud.values()].flat();
}

function keepBest(best: number[], index: number, { costUsd, seconds }: Weights, target: Target): void {
  const cost = costUsd[index] ?? 0;
  const took = seconds[index] ?? 0;
  if (target === "cost") {
    if (isLess(cost, costUsd[best[0] ?? 0] ?? 0)) best[0] = index;
    return;
  }
  if (best.some((other) => (seconds[other] ?? 0) <= took && !isLess(cost, costUsd[other] ?? 0))) return;
  const kept = best.filter((other) => (seconds[other] ?? 0) < took || isLess(costUsd[other] ?? 0, cost));
  best.splice(0, best.length, ...kept, index);
}

/** Sums of prices differ in their last bits; a billionth of a dollar is no difference. */
function isLess(a: number, b: number): boolean {
  return a < b - 1e-9;
}

export interface Groups {
  /** By alternative: devices were asked for, so each kind is a group of its own. */
  readonly hasDevices: readonly boolean[];
  /** Alternatives are in order of preference. */
  readonly isOrdered: boolean;
}

/** The best of each (cloud, devices, spot), and of each region where a cloud's regions are pools of one's own; best first. */
export function bestOfGroups(columns: CandidateColumns, weights: Weights, target: Target, groups: Groups): Weighed[] {
  const goal = target === "cost" ? weights.costUsd : weights.seconds;
  const other = target === "cost" ? weights.seconds : weights.costUsd;
  const groupOf = grouping(columns, groups);
  const best: number[] = [];
  for (let index = 0; index < columns.row.length; index += 1) {
    const group = groupOf(index);
    const before = best[group];
    if (
      before === undefined ||
      isLess(goal[index] ?? 0, goal[before] ?? 0) ||
      (goal[index] === goal[before] && isLess(other[index] ?? 0, other[before] ?? 0))
    ) {
      best[group] = index;
    }
  }
  const position = (index: number) => (groups.isOrdered ? (columns.alternative[index] ?? 0) : 0);
  return best
    .sort((a, b) => position(a) - position(b) || (goal[a] ?? 0) - (goal[b] ?? 0) || (other[a] ?? 0) - (other[b] ?? 0))
    .map((index) => weighedAt(columns, weights, index));
}

/** Numbers the groups from 0. Their texts are joined once for each machine of an alternative, not for each place. */
function grouping(columns: CandidateColumns, groups: Groups): (index: number) => number {
  const groupByText = new Map<string, number>();
  const groupByMachine = new Map<number, number>();
  const numbered = (text: string) => {
    const group = groupByText.get(text) ?? groupByText.size;
    groupByText.set(text, group);
    return group;
  };
  return (index) => {
    const view = columns.view[index] ?? 0;
    const alternative = columns.alternative[index] ?? 0;
    const own = columns.views[view];
    if (own?.rules.cutToFit === true)
      return numbered(`${groupText(columns, groups, index)}|${own.table.rowRegion[columns.row[index] ?? 0]}`);
    const type = (columns.device[index] ?? -1) < 0 ? (columns.type[index] ?? 0) : (columns.device[index] ?? 0);
    const machine = (alternative * 256 + view) * 65_536 + type;
    let group = groupByMachine.get(machine);
    if (group === undefined) {
      group = numbered(groupText(columns, groups, index));
      groupByMachine.set(machine, group);
    }
    return group;
  };
}

function groupText(columns: CandidateColumns, groups: Groups, index: number): string {
  const device = groups.hasDevices[columns.alternative[index] ?? 0] === true ? deviceKey(columns, index) : null;
  return `${cloudAt(columns, index)}|${device === null ? "" : `${device.name}:${device.count}`}|${columns.useSpot[index] === true ? 1 : 0}`;
}

export function weighedAt(columns: CandidateColumns, weights: Weights, index: number): Weighed {
  return {
    candidate: candidateAt(columns, index),
    costUsd: weights.costUsd[index] ?? 0,
    seconds: weights.seconds[index] ?? 0,
  };
}

/** Types of the candidate's cloud that fit the same devices, cheapest first. */
export function typesBeside(columns: CandidateColumns, weights: Weights, chosen: number): string[] {
  const view = columns.view[chosen] ?? 0;
  const device = deviceKey(columns, chosen);
  const cheapest = new Map<number, number>();
  for (let index = 0; index < columns.row.length; index += 1) {
    if (columns.view[index] !== view) continue;
    const type = columns.type[index] ?? 0;
    const cost = weights.costUsd[index] ?? 0;
    if (cost >= (cheapest.get(type) ?? Number.POSITIVE_INFINITY)) continue;
    const own = deviceKey(columns, index);
    if (own?.name === device?.name && own?.count === device?.count) cheapest.set(type, cost);
  }
  const names = columns.views[view]?.table.typeNames ?? [];
  return [...cheapest].sort((a, b) => a[1] - b[1]).map(([type]) => names[type] ?? "");
}
