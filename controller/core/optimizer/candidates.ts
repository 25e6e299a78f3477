// Every place where a request can be had, as columns: a few numbers for each of thousands of places, texts only when shown.
import { findRegion, findZone, type CloudView } from "#catalog/query.ts";
import { NO_ZONE } from "#catalog/table.ts";
import type { Resources } from "#shared/task/task.ts";
import { blockedIn, type IsBlocked } from "./blocked.ts";
import { missingFeature, requiredFeatures } from "./features.ts";
import { cutToFit } from "./cut-to-fit.ts";
import { matchTypes, type TypeMatch } from "./match.ts";
import type { BlockedOffer, TaskRequest } from "./request.ts";

/** Places of one task. Index i of each column is one candidate. */
export interface CandidateColumns {
  readonly views: readonly CloudView[];
  /** By view: what may not be chosen there. */
  readonly blocked: (IsBlocked | null)[];
  /** Index into `views`. */
  readonly view: number[];
  readonly alternative: number[];
  readonly type: number[];
  /** First row of the place; with a zone-less candidate its region's rows follow. */
  readonly row: number[];
  /** Type of attached devices, -1 without. */
  readonly device: number[];
  /** Row of attached devices, -1 without. */
  readonly deviceRow: number[];
  readonly price: number[];
  readonly useSpot: boolean[];
  /** One zone, or any of the region. */
  readonly isZonal: boolean[];
}

export interface Exclusion {
  readonly alternative: number;
  readonly cloud: string;
  readonly reason: string;
  readonly mismatch: boolean;
}

export interface CandidateSearch {
  readonly columns: CandidateColumns;
  readonly excluded: readonly Exclusion[];
}

export interface SearchOptions {
  readonly enabledClouds: readonly string[];
  readonly blocked: readonly BlockedOffer[];
  readonly view: (cloud: string) => CloudView;
}

/** All candidates of a task, by alternative, cloud, type, region and zone. `alternatives` are resolved resources. */
export function searchCandidates(
  task: TaskRequest,
  alternatives: readonly Resources[],
  options: SearchOptions,
): CandidateSearch {
  const columns: CandidateColumns & { views: CloudView[] } = {
    views: [],
    blocked: [],
    view: [],
    alternative: [],
    type: [],
    row: [],
    device: [],
    deviceRow: [],
    price: [],
    useSpot: [],
    isZonal: [],
  };
  const excluded: Exclusion[] = [];
  const viewIndex = new Map<CloudView, number>();
  alternatives.forEach((resources, alternative) => {
    const needed = requiredFeatures(resources, task.numNodes, task.features);
    for (const cloud of cloudsFor(resources, options)) {
      const exclude = (reason: string, mismatch = false) => excluded.push({ alternative, cloud, reason, mismatch });
      const own = options.view(cloud);
      const missing = missingFeature(own.rules, needed, resources);
      if (missing !== null) {
        exclude(missing);
        continue;
      }
      const view = own.rules.cutToFit ? cutToFit(own, resources) : own;
      const match = matchTypes(view, own.rules.cutToFit ? withoutSizes(resources) : resources);
      if (match.kind === "none") {
        exclude(match.reason, match.mismatch === true);
        continue;
      }
      let id = viewIndex.get(view);
      if (id === undefined) {
        id = columns.views.push(view) - 1;
        viewIndex.set(view, id);
      }
      const before = columns.row.length;
      const refusal = addPlaces(columns, {
        view,
        id,
        resources,
        alternative,
        matches: match.matches,
        blocked: options.blocked,
      });
      if (columns.row.length === before) exclude(refusal);
    }
  });
  return { columns, excluded };
}

/** Clouds to look at for one alternative: the named one, else all but those that want to be named. */
export function cloudsFor(
  resources: Resources,
  options: Pick<SearchOptions, "enabledClouds" | "view">,
): readonly string[] {
  if (resources.cloud !== undefined) return [resources.cloud];
  const open = options.enabledClouds.filter((cloud) => !options.view(cloud).rules.onlyWhenNamed);
  return open.length > 0 ? open : options.enabledClouds;
}

interface PlaceSearch {
  readonly view: CloudView;
  readonly id: number;
  readonly resources: Resources;
  readonly alternative: number;
  readonly matches: readonly TypeMatch[];
  readonly blocked: readonly BlockedOffer[];
}

/** What a row must be to count; ids of the cloud's table, -1 for any. */
interface PlaceFilter {
  readonly region: number;
  readonly zone: number;
  readonly imageRegions: Uint8Array | null;
  readonly ceiling: number;
  readonly useSpot: boolean;
  /** One candidate a zone, not a region. */
  readonly byZone: boolean;
  readonly blocked: IsBlocked | null;
}

/** Adds the places of the matched types; the answer says why there was none, and means nothing otherwise. */
function addPlaces(columns: CandidateColumns, search: PlaceSearch): string {
  const filter = placeFilter(search);
  if (typeof filter === "string") return filter;
  columns.blocked[search.id] = filter.blocked;
  let refusal = "no such machine in the place asked for";
  for (const match of search.matches) refusal = addRows(columns, search, filter, match) ?? refusal;
  return refusal;
}

function placeFilter({ view, resources, blocked }: PlaceSearch): PlaceFilter | string {
  const { table, rules } = view;
  const region = resources.region === undefined ? -1 : findRegion(table, resources.region);
  const zone = resources.zone === undefined ? -1 : findZone(table, resources.zone);
  if (resources.region !== undefined && region < 0) return `${rules.display} has no region '${resources.region}'`;
  if (resources.zone !== undefined && zone < 0) return `${rules.display} has no zone '${resources.zone}'`;
  const isBlocked = blockedIn(rules.cloud, table, blocked);
  if (isBlocked === "all") return `${rules.display} is blocked`;
  const useSpot = resources.useSpot === true;
  return {
    region,
    zone,
    imageRegions: imageRegionFlags(view, resources),
    ceiling: resources.maxHourlyCost ?? Number.POSITIVE_INFINITY,
    useSpot,
    byZone: useSpot || rules.zonalOnDemand || zone >= 0,
    blocked: isBlocked,
  };
}

/** Why the last row that was looked at is no candidate; null when none was refused. */
function addRows(
  columns: CandidateColumns,
  search: PlaceSearch,
  filter: PlaceFilter,
  { type, device }: TypeMatch,
): string | null {
  const { view } = search;
  const { table } = view;
  const end = table.typeStart[type + 1] ?? 0;
  let refusal: string | null = null;
  let lastRegion = -1;
  for (let row = table.typeStart[type] ?? 0; row < end; row += 1) {
    const region = table.rowRegion[row] ?? 0;
    if (filter.region >= 0 && region !== filter.region) continue;
    if (filter.zone >= 0 && table.rowZone[row] !== filter.zone) continue;
    if (filter.imageRegions !== null && filter.imageRegions[region] !== 1) continue;
    if (!filter.byZone && region === lastRegion) continue;
    const deviceRow = device < 0 ? -1 : findDeviceRow(view, device, region, table.rowZone[row] ?? NO_ZONE);
    if (device >= 0 && deviceRow < 0) continue;
    const price = priceAt(view, row, deviceRow, filter.useSpot);
    const refused =
      priceRefusal(view, price, filter) ??
      (filter.blocked?.(row, type, device, filter.useSpot) === true ? "blocked" : null);
    if (refused !== null) {
      refusal = refused;
      continue;
    }
    lastRegion = region;
    columns.view.push(search.id);
    columns.alternative.push(search.alternative);
    columns.type.push(type);
    columns.row.push(row);
    columns.device.push(device);
    columns.deviceRow.push(deviceRow);
    columns.price.push(price);
    columns.useSpot.push(filter.useSpot);
    columns.isZonal.push(filter.byZone);
  }
  return refusal;
}

function priceAt(view: CloudView, row: number, deviceRow: number, useSpot: boolean): number {
  const host = (useSpot ? view.table.rowSpot : view.table.rowPrice)[row] ?? Number.NaN;
  return deviceRow < 0 ? host : host + devicePrice(view, deviceRow, useSpot);
}

function priceRefusal(view: CloudView, price: number, filter: PlaceFilter): string | null {
  if (Number.isNaN(price)) return `${view.rules.display} has no ${filter.useSpot ? "spot price" : "price"} for it`;
  return price > filter.ceiling ? `above the ceiling of $${filter.ceiling} an hour` : null;
}

/** null: any region will do. */
function imageRegionFlags(view: CloudView, resources: Resources): Uint8Array | null {
  const images = resources.imageId;
  if (images === undefined || "" in images || Object.keys(images).length === 0) return null;
  const flags = new Uint8Array(view.table.regions.length);
  for (const region of Object.keys(images)) {
    const id = findRegion(view.table, region);
    if (id >= 0) flags[id] = 1;
  }
  return flags;
}

function findDeviceRow(view: CloudView, device: number, region: number, zone: number): number {
  const { table } = view;
  const end = table.typeStart[device + 1] ?? 0;
  for (let row = table.typeStart[device] ?? 0; row < end; row += 1) {
    if (table.rowRegion[row] === region && table.rowZone[row] === zone) return row;
  }
  return -1;
}

/** Attached devices without a spot price are billed at the full one. */
export function devicePrice(view: CloudView, row: number, useSpot: boolean): number {
  const full = view.table.rowPrice[row] ?? Number.NaN;
  if (!useSpot) return full;
  const spot = view.table.rowSpot[row] ?? Number.NaN;
  return Number.isNaN(spot) ? full : spot;
}

function withoutSizes(resources: Resources): Resources {
  const { cpus: _cpus, memory: _memory, instanceType: _type, ...rest } = resources;
  return rest;
}
