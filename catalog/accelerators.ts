// Which devices are offered where, in the shapes of SkyPilot's list_accelerators and list_accelerator_counts.
import type { CloudView } from "./query.ts";
import type { CloudTable } from "./table.ts";

/**
 * One line of the answer, as JSON sends it: cloud (display name), instance type (null: attachable), device, count,
 * vCPUs, GB of one device, host GiB, USD an hour, spot USD an hour, region.
 */
export type InstanceTypeInfo = readonly [
  cloud: string,
  instanceType: string | null,
  acceleratorName: string,
  acceleratorCount: number,
  cpuCount: number | null,
  deviceMemory: number | null,
  memory: number | null,
  price: number | null,
  spotPrice: number | null,
  region: string,
];

export interface AcceleratorFilter {
  /** Without TPUs and other devices that are no GPUs. */
  readonly gpusOnly?: boolean;
  /** Regular expression anywhere in the name. */
  readonly name?: string;
  /** Regular expression anywhere in the region. */
  readonly region?: string;
  readonly quantity?: number;
  readonly isCaseSensitive?: boolean;
  /** One line for each region instead of the cheapest. */
  readonly allRegions?: boolean;
  readonly requirePrice?: boolean;
}

/** By device name; each list by cloud in the given order, then count, type, vCPUs, price. */
export function listAccelerators(
  views: readonly CloudView[],
  filter: AcceleratorFilter,
): Record<string, InstanceTypeInfo[]> {
  const name = expression(filter.name, filter.isCaseSensitive === true ? "" : "i");
  const region = expression(filter.region, "");
  const result: Record<string, InstanceTypeInfo[]> = {};
  for (const view of views) {
    for (const info of linesOf(view, filter, name, region).sort(compareLines)) (result[info[2]] ??= []).push(info);
  }
  return Object.fromEntries(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Counts of each device, ascending; names sorted. */
export function listAcceleratorCounts(
  views: readonly CloudView[],
  filter: AcceleratorFilter,
): Record<string, number[]> {
  const lists = listAccelerators(views, { ...filter, allRegions: false });
  return Object.fromEntries(
    Object.entries(lists).map(([device, lines]) => [
      device,
      [...new Set(lines.map((line) => line[3]))].sort((a, b) => a - b),
    ]),
  );
}

// Devices of the lists that are no GPUs.
const NOT_GPU = /^(tpu-|inferentia|trainium|gaudi|qualcomm|virtex|xilinx|radeon)/i;

function linesOf(
  view: CloudView,
  filter: AcceleratorFilter,
  name: RegExp | null,
  region: RegExp | null,
): InstanceTypeInfo[] {
  const { table } = view;
  const wanted = table.acceleratorNames.map(
    (device) =>
      (name === null || name.test(device)) &&
      !(filter.gpusOnly === true && NOT_GPU.test(device) && !device.startsWith("tpu-")),
  );
  const regions = table.regions.map((known) => region === null || region.test(known));
  const lines: InstanceTypeInfo[] = [];
  table.typeAccelerator.forEach((device, type) => {
    if (device < 0 || wanted[device] !== true) return;
    if (filter.quantity !== undefined && table.typeAcceleratorCount[type] !== filter.quantity) return;
    lines.push(...placesOf(view, type, regions, filter));
  });
  return lines;
}

/** The cheapest line of each region, or of all. */
function placesOf(
  view: CloudView,
  type: number,
  regions: readonly boolean[],
  filter: AcceleratorFilter,
): InstanceTypeInfo[] {
  const { table } = view;
  const best = new Map<number, number>();
  for (let row = table.typeStart[type] ?? 0; row < (table.typeStart[type + 1] ?? 0); row += 1) {
    const region = table.rowRegion[row] ?? 0;
    if (regions[region] !== true) continue;
    if (
      filter.requirePrice === true &&
      Number.isNaN(table.rowPrice[row] ?? Number.NaN) &&
      Number.isNaN(table.rowSpot[row] ?? Number.NaN)
    )
      continue;
    const key = filter.allRegions === true ? region : -1;
    const before = best.get(key);
    if (before === undefined || isCheaper(table, row, before)) best.set(key, row);
  }
  return [...best.values()].map((row) => lineOf(view, type, row));
}

function isCheaper(table: CloudTable, row: number, other: number): boolean {
  const price = orInfinity(table.rowPrice[row]) - orInfinity(table.rowPrice[other]);
  if (price !== 0 && !Number.isNaN(price)) return price < 0;
  const spot = orInfinity(table.rowSpot[row]) - orInfinity(table.rowSpot[other]);
  if (spot !== 0 && !Number.isNaN(spot)) return spot < 0;
  // Regions are numbered in the order of preference.
  return (table.rowRegion[row] ?? 0) < (table.rowRegion[other] ?? 0);
}

function lineOf(view: CloudView, type: number, row: number): InstanceTypeInfo {
  const { table, rules } = view;
  const memoryMib = known(table.typeDeviceMemoryMib[type]);
  const name = table.typeNames[type] ?? "";
  return [
    rules.display,
    name === "" ? null : name,
    table.acceleratorNames[table.typeAccelerator[type] ?? 0] ?? "",
    table.typeAcceleratorCount[type] ?? 0,
    known(table.typeCpus[type]),
    memoryMib === null ? null : Math.round(memoryMib / 1024),
    known(table.typeMemoryGib[type]),
    known(table.rowPrice[row]),
    known(table.rowSpot[row]),
    table.regions[table.rowRegion[row] ?? 0] ?? "",
  ];
}

function compareLines(a: InstanceTypeInfo, b: InstanceTypeInfo): number {
  return (
    a[3] - b[3] ||
    compareText(a[1] ?? "", b[1] ?? "") ||
    (a[4] ?? 0) - (b[4] ?? 0) ||
    orInfinity(a[7]) - orInfinity(b[7]) ||
    compareText(a[9], b[9])
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function expression(text: string | undefined, flags: string): RegExp | null {
  if (text === undefined || text === "") return null;
  try {
    return new RegExp(text, flags);
  } catch {
    // Not an expression: looked for as it stands.
    return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), flags);
  }
}

function orInfinity(value: number | null | undefined): number {
  return value === undefined || value === null || Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
