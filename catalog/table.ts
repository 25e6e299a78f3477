// One cloud's offers as columns: machine types, and for each type its places sorted by preference. No text per row.
import type { OfferRow, PriceSource } from "./offer.ts";

/** No zone, or none known. */
export const NO_ZONE = 0xffff;
/** Spot interruption band not known. */
export const NO_BAND = 0xff;

/** Local disk bits. */
export const DISK_SSD = 1;
export const DISK_NVME = 2;

/**
 * Types are in the order of the source; the rows of type t are `typeStart[t] .. typeStart[t + 1]`, sorted by region
 * and zone, regions numbered in the order of preference. A price that is not known is NaN.
 */
export interface CloudTable {
  readonly cloud: string;
  readonly typeNames: readonly string[];
  readonly typeCpus: Float64Array;
  readonly typeMemoryGib: Float64Array;
  /** Index into `acceleratorNames`, -1 without devices. */
  readonly typeAccelerator: Int16Array;
  readonly typeAcceleratorCount: Float64Array;
  /** Of one device; NaN where unknown. */
  readonly typeDeviceMemoryMib: Float64Array;
  /** 1 = arm64. */
  readonly typeArm: Uint8Array;
  readonly typeDiskGb: Float64Array;
  /** DISK_SSD, DISK_NVME. */
  readonly typeDiskKind: Uint8Array;
  readonly typeStart: Uint32Array;
  readonly acceleratorNames: readonly string[];
  readonly regions: readonly string[];
  readonly zones: readonly string[];
  readonly rowRegion: Uint16Array;
  readonly rowZone: Uint16Array;
  readonly rowPrice: Float64Array;
  readonly rowSpot: Float64Array;
  readonly rowSource: Uint8Array;
  /** 0 (below 5 % a month) to 4 (above 20 %), NO_BAND where unknown. */
  readonly rowBand: Uint8Array;
  readonly sources: readonly PriceSource[];
}

/** How regions of a cloud are ordered where prices are equal. */
export type RegionOrder = (region: string) => number;

/** Columns from rows. Rows with neither price are kept out; the first of two rows for one place wins. */
export function buildTable(
  cloud: string,
  rows: readonly OfferRow[],
  options: { readonly sources?: readonly PriceSource[]; readonly regionRank?: RegionOrder } = {},
): CloudTable {
  const sold = rows.filter((row) => row.price !== null || row.spotPrice !== null);
  const regions = sortedRegions(sold, options.regionRank);
  const zones = unique(sold.flatMap((row) => (row.zone === null ? [] : [row.zone]))).sort();
  const regionId = new Map(regions.map((name, index) => [name, index]));
  const zoneId = new Map(zones.map((name, index) => [name, index]));
  const types = new Map<string, OfferRow[]>();
  for (const row of sold) {
    const key = typeKey(row);
    const list = types.get(key);
    if (list === undefined) types.set(key, [row]);
    else list.push(row);
  }
  const acceleratorNames = unique(sold.flatMap((row) => (row.accelerator === null ? [] : [row.accelerator.name])));
  const table = emptyTable(cloud, types.size, sold.length, { acceleratorNames, regions, zones, sources: options.sources ?? [] });
  let type = 0;
  let at = 0;
  for (const offers of types.values()) {
    writeType(table, type, offers[0] as OfferRow);
    const placed = offers
      .map((row) => ({ row, region: regionId.get(row.region) ?? 0, zone: row.zone === null ? NO_ZONE : (zoneId.get(row.zone) ?? NO_ZONE) }))
      .sort((a, b) => a.region - b.region || a.zone - b.zone);
    let before: (typeof placed)[number] | undefined;
    for (const place of placed) {
      if (before !== undefined && before.region === place.region && before.zone === place.zone) continue;
      before = place;
      table.rowRegion[at] = place.region;
      table.rowZone[at] = place.zone;
      table.rowPrice[at] = place.row.price ?? Number.NaN;
      table.rowSpot[at] = place.row.spotPrice ?? Number.NaN;
      table.rowSource[at] = place.row.source ?? 0;
      at += 1;
    }
    type += 1;
    table.typeStart[type] = at;
  }
  return at === sold.length ? table : shrink(table, at);
}

/** Number of rows. */
export function rowCount(table: CloudTable): number {
  return table.typeStart[table.typeNames.length] ?? 0;
}

/** Bytes the columns occupy; text is not counted. */
export function tableBytes(table: CloudTable): number {
  return Object.values(table).reduce<number>((sum, column) => sum + (ArrayBuffer.isView(column) ? column.byteLength : 0), 0);
}

/** A table of the same cloud with no rows. */
export function noOffers(cloud: string): CloudTable {
  return buildTable(cloud, []);
}

function typeKey(row: OfferRow): string {
  const device = row.accelerator;
  return `${row.instanceType}\0${device === null ? "" : `${device.name}\0${device.count}`}\0${row.cpus}\0${row.memoryGib}`;
}

function sortedRegions(rows: readonly OfferRow[], rank: RegionOrder | undefined): string[] {
  const names = unique(rows.map((row) => row.region));
  const order = rank ?? (() => 0);
  // Names are unique, so none is equal to another.
  return names.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function emptyTable(
  cloud: string,
  types: number,
  rows: number,
  names: Pick<CloudTable, "acceleratorNames" | "regions" | "zones" | "sources">,
): CloudTable & { typeNames: string[] } {
  return {
    cloud,
    typeNames: [],
    typeCpus: new Float64Array(types),
    typeMemoryGib: new Float64Array(types),
    typeAccelerator: new Int16Array(types).fill(-1),
    typeAcceleratorCount: new Float64Array(types),
    typeDeviceMemoryMib: new Float64Array(types).fill(Number.NaN),
    typeArm: new Uint8Array(types),
    typeDiskGb: new Float64Array(types),
    typeDiskKind: new Uint8Array(types),
    typeStart: new Uint32Array(types + 1),
    rowRegion: new Uint16Array(rows),
    rowZone: new Uint16Array(rows),
    rowPrice: new Float64Array(rows),
    rowSpot: new Float64Array(rows),
    rowSource: new Uint8Array(rows),
    rowBand: new Uint8Array(rows).fill(NO_BAND),
    ...names,
  };
}

function writeType(table: CloudTable & { typeNames: string[] }, type: number, row: OfferRow): void {
  table.typeNames.push(row.instanceType);
  table.typeCpus[type] = row.cpus ?? Number.NaN;
  table.typeMemoryGib[type] = row.memoryGib ?? Number.NaN;
  if (row.accelerator !== null) {
    table.typeAccelerator[type] = table.acceleratorNames.indexOf(row.accelerator.name);
    table.typeAcceleratorCount[type] = row.accelerator.count;
    table.typeDeviceMemoryMib[type] = row.deviceMemoryMib ?? Number.NaN;
  }
  table.typeArm[type] = row.arch === "arm64" ? 1 : 0;
  const disk = row.localDisk;
  if (disk !== undefined && disk !== null) {
    table.typeDiskGb[type] = disk.totalGb;
    table.typeDiskKind[type] = (disk.ssd ? DISK_SSD : 0) | (disk.nvme ? DISK_NVME : 0);
  }
}

function shrink(table: CloudTable, rows: number): CloudTable {
  return {
    ...table,
    rowRegion: table.rowRegion.slice(0, rows),
    rowZone: table.rowZone.slice(0, rows),
    rowPrice: table.rowPrice.slice(0, rows),
    rowSpot: table.rowSpot.slice(0, rows),
    rowSource: table.rowSource.slice(0, rows),
    rowBand: table.rowBand.slice(0, rows),
  };
}
