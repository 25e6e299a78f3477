// Blocked offers compiled for one cloud, so that a look at a row costs a few comparisons.
import { findRegion, findZone, sameCount } from "#catalog/query.ts";
import { NO_ZONE, type CloudTable } from "#catalog/table.ts";
import type { BlockedOffer } from "./request.ts";

/** True when the row may not be chosen in this way. `name` and device are those of the finished candidate. */
export type IsBlocked = (row: number, type: number, device: number, useSpot: boolean) => boolean;

/** null: nothing of this cloud is blocked. "all": the whole cloud is. */
export function blockedIn(
  cloud: string,
  table: CloudTable,
  blocked: readonly BlockedOffer[],
): IsBlocked | "all" | null {
  const mine = blocked.filter((offer) => offer.cloud === undefined || offer.cloud.toLowerCase() === cloud);
  if (mine.length === 0) return null;
  if (mine.some(coversCloud)) return "all";
  const tests = mine.map((offer) => compile(table, offer)).filter((test) => test !== null);
  if (tests.length === 0) return null;
  return (row, type, device, useSpot) => tests.some((test) => test(row, type, device, useSpot));
}

function coversCloud(offer: BlockedOffer): boolean {
  return (
    offer.region === undefined &&
    offer.zone === undefined &&
    offer.instanceType === undefined &&
    offer.accelerator === undefined &&
    offer.useSpot === undefined
  );
}

function compile(table: CloudTable, offer: BlockedOffer): IsBlocked | null {
  const region = offer.region === undefined ? -1 : findRegion(table, offer.region);
  const zone = offer.zone === undefined ? -1 : findZone(table, offer.zone);
  if (offer.region !== undefined && region < 0) return null;
  if (offer.zone !== undefined && zone < 0) return null;
  const wanted = offer.accelerator;
  const name = wanted?.name.toLowerCase();
  return (row, type, device, useSpot) => {
    if (offer.useSpot !== undefined && offer.useSpot !== useSpot) return false;
    if (region >= 0 && table.rowRegion[row] !== region) return false;
    if (zone >= 0 && (table.rowZone[row] === NO_ZONE || table.rowZone[row] !== zone)) return false;
    if (offer.instanceType !== undefined && table.typeNames[type] !== offer.instanceType) return false;
    if (wanted === undefined) return true;
    const owner = device < 0 ? type : device;
    const id = table.typeAccelerator[owner] ?? -1;
    return (
      id >= 0 &&
      table.acceleratorNames[id]?.toLowerCase() === name &&
      sameCount(table.typeAcceleratorCount[owner] ?? 0, wanted.count)
    );
  };
}
