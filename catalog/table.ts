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
  /** Where `zones` are an account's own names: zone id → name. */
  readonly zoneIds?: ReadonlyMap<string, string>;
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

/**
 * Columns from rows, which are looked at once and not kept. Rows with neither price are left out; the first of two rows
 * for one place wins.
 */
export function buildTable(
  cloud: string,
  rows: Iterable<OfferRow>,
  options: { readonly sources?: readonly PriceSource[]; readonly regionRank?: RegionOrder } = {},
): CloudTable {
  const loose = looseColumns(rows);
  const regionIds = inOrder(loose.regions.names, byRank(options.regionRank));
  const zoneIds = inOrder(loose.zones.names, byName);
  const order = placesInOrder(loose, regionIds.idOf, zoneIds.idOf);
  const table = emptyTable(cloud, loose.types.length, order.length, {
    acceleratorNames: loose.devices.names,
    regions: regionIds.names,
    zones: zoneIds.names,
    sources: options.sources ?? [],
  });
  loose.types.forEach((row, type) => writeType(table, type, row));
  order.forEach((from, to) => {
    table.typeStart[(loose.type[from] ?? 0) + 1] = to + 1;
    table.rowRegion[to] = regionIds.idOf[loose.region[from] ?? 0] ?? 0;
    const zone = loose.zone[from] ?? -1;
    table.rowZone[to] = zone < 0 ? NO_ZONE : (zoneIds.idOf[zone] ?? NO_ZONE);
    table.rowPrice[to] = loose.price[from] ?? Number.NaN;
    table.rowSpot[to] = loose.spot[from] ?? Number.NaN;
    table.rowSource[to] = loose.source[from] ?? 0;
  });
  return table;
}

interface LooseColumns {
  /** The first row of each type, for its facts. */
  readonly types: OfferRow[];
  readonly regions: Names;
  readonly zones: Names;
  readonly devices: Names;
  readonly type: number[];
  readonly region: number[];
  /** -1: none. */
  readonly zone: number[];
  readonly price: number[];
  readonly spot: number[];
  readonly source: number[];
}

function looseColumns(rows: Iterable<OfferRow>): LooseColumns {
  const loose: LooseColumns = {
    types: [],
    regions: numberedNames(),
    zones: numberedNames(),
    devices: numberedNames(),
    type: [],
    region: [],
    zone: [],
    price: [],
    spot: [],
    source: [],
  };
  const typesByName = new Map<string, number[]>();
  for (const row of rows) {
    if (row.price === null && row.spotPrice === null) continue;
    loose.type.push(typeOf(row, loose, typesByName));
    loose.region.push(loose.regions.idOf(row.region));
    loose.zone.push(row.zone === null ? -1 : loose.zones.idOf(row.zone));
    loose.price.push(row.price ?? Number.NaN);
    loose.spot.push(row.spotPrice ?? Number.NaN);
    loose.source.push(row.source ?? 0);
  }
  return loose;
}

/** One name may be sold in several sizes: each is a type. */
function typeOf(row: OfferRow, loose: LooseColumns, typesByName: Map<string, number[]>): number {
  const same = typesByName.get(row.instanceType);
  const known = same?.find((type) => isSameMachine(loose.types[type], row));
  if (known !== undefined) return known;
  const instanceType = ownText(row.instanceType);
  const accelerator =
    row.accelerator === null
      ? null
      : { ...row.accelerator, name: loose.devices.names[loose.devices.idOf(row.accelerator.name)] ?? "" };
  const type = loose.types.push({ ...row, instanceType, accelerator }) - 1;
  if (same === undefined) typesByName.set(instanceType, [type]);
  else same.push(type);
  return type;
}

function isSameMachine(a: OfferRow | undefined, b: OfferRow): boolean {
  return (
    a !== undefined &&
    a.cpus === b.cpus &&
    a.memoryGib === b.memoryGib &&
    a.accelerator?.name === b.accelerator?.name &&
    a.accelerator?.count === b.accelerator?.count
  );
}

/** Numbers for names, in the order of their first appearance. */
interface Names {
  readonly names: readonly string[];
  idOf(name: string): number;
}

function numberedNames(): Names {
  const names: string[] = [];
  const ids = new Map<string, number>();
  return {
    names,
    idOf(name) {
      const known = ids.get(name);
      if (known !== undefined) return known;
      const own = ownText(name);
      ids.set(own, names.length);
      return names.push(own) - 1;
    },
  };
}

/** A copy that does not keep the whole file alive, of which the text is a piece. */
function ownText(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

/** The names sorted, and the new number of each old one. */
function inOrder(
  names: readonly string[],
  compare: (a: string, b: string) => number,
): { readonly names: string[]; readonly idOf: Uint32Array } {
  const sorted = names.map((name, id) => ({ name, id })).sort((a, b) => compare(a.name, b.name));
  const idOf = new Uint32Array(names.length);
  sorted.forEach(({ id }, rank) => {
    idOf[id] = rank;
  });
  return { names: sorted.map(({ name }) => name), idOf };
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function byRank(rank: RegionOrder | undefined): (a: string, b: string) => number {
  return (a, b) => (rank === undefined ? 0 : rank(a) - rank(b)) || byName(a, b);
}

/** Row numbers by type, region and zone, each place once. */
function placesInOrder(loose: LooseColumns, regionIdOf: Uint32Array, zoneIdOf: Uint32Array): Uint32Array {
  const count = loose.type.length;
  // Three numbers below 65,536 side by side are exact in a double.
  const keys = new Float64Array(count);
  for (let row = 0; row < count; row += 1) {
    const zone = loose.zone[row] ?? -1;
    const place =
      (regionIdOf[loose.region[row] ?? 0] ?? 0) * 65_536 + (zone < 0 ? NO_ZONE : (zoneIdOf[zone] ?? NO_ZONE));
    keys[row] = (loose.type[row] ?? 0) * 4_294_967_296 + place;
  }
  const order = Uint32Array.from({ length: count }, (_, row) => row).sort(
    (a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b,
  );
  return order.filter((row, at) => at === 0 || keys[row] !== keys[order[at - 1] ?? 0]);
}

/** Number of rows. */
export function rowCount(table: CloudTable): number {
  return table.typeStart[table.typeNames.length] ?? 0;
}

/** Bytes the columns occupy; text is not counted. */
export function tableBytes(table: CloudTable): number {
  return Object.values(table).reduce<number>(
    (sum, column) => sum + (ArrayBuffer.isView(column) ? column.byteLength : 0),
    0,
  );
}

/** A table of the same cloud with no rows. */
export function noOffers(cloud: string): CloudTable {
  return buildTable(cloud, []);
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
