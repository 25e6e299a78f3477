// Whether fresh prices may replace those before: complete, plausible, and not suddenly another order of magnitude.
import { NO_ZONE, rowCount, type CloudTable } from "../table.ts";

// A source that lost half of its rows, or moved half of its prices threefold, is broken rather than news.
const ROWS_LEAST = 0.5;
const RATIO_MOST = 3;
const JUMP_MOST = 10;
const JUMP_SHARE_MOST = 0.02;
const PRICE_MOST = 100_000;
const DEVICES_MOST = 20_000;

/** What is wrong, one line each; empty when the table may be used. */
export function problemsOf(fresh: CloudTable, before: CloudTable): string[] {
  return [...shapeProblems(fresh), ...priceProblems(fresh), ...changeProblems(fresh, before)];
}

function shapeProblems(table: CloudTable): string[] {
  const problems: string[] = [];
  if (rowCount(table) === 0) problems.push("there are no rows");
  if (table.regions.some((region) => region === "")) problems.push("a row names no region");
  table.typeAcceleratorCount.forEach((count, type) => {
    if ((table.typeAccelerator[type] ?? -1) < 0) return;
    if (!(count > 0) || count > DEVICES_MOST) problems.push(`'${table.typeNames[type]}' has ${count} devices`);
  });
  table.typeMemoryGib.forEach((memory, type) => {
    if (memory <= 0 || memory > 65_536) problems.push(`'${table.typeNames[type]}' has ${memory} GiB of memory`);
  });
  return problems.slice(0, 5);
}

function priceProblems(table: CloudTable): string[] {
  let bad = 0;
  let first = "";
  table.rowPrice.forEach((price, row) => {
    const spot = table.rowSpot[row] ?? Number.NaN;
    const isBad =
      price < 0 || price > PRICE_MOST || spot < 0 || spot > PRICE_MOST || (Number.isNaN(price) && Number.isNaN(spot));
    if (!isBad) return;
    bad += 1;
    if (first === "") first = `${price} and ${spot} (spot) in ${table.regions[table.rowRegion[row] ?? 0]}`;
  });
  return bad === 0 ? [] : [`${bad} rows have no possible price: ${first}`];
}

function changeProblems(fresh: CloudTable, before: CloudTable): string[] {
  const had = rowCount(before);
  if (had === 0) return [];
  const problems: string[] = [];
  if (rowCount(fresh) < had * ROWS_LEAST) problems.push(`only ${rowCount(fresh)} rows, ${had} before`);
  const ratios = priceRatios(fresh, before);
  if (ratios.length === 0) return [...problems, "no machine is the same as before"];
  const middle = ratios[ratios.length >> 1] ?? 1;
  if (middle > RATIO_MOST || middle < 1 / RATIO_MOST)
    problems.push(`prices are ${middle.toFixed(2)} times those before`);
  const jumps = ratios.filter((ratio) => ratio > JUMP_MOST || ratio < 1 / JUMP_MOST).length;
  if (jumps > ratios.length * JUMP_SHARE_MOST)
    problems.push(`${jumps} of ${ratios.length} prices moved more than ${JUMP_MOST}-fold`);
  return problems;
}

/** New over old on-demand price wherever both are known, ascending. */
function priceRatios(fresh: CloudTable, before: CloudTable): number[] {
  const old = pricesByPlace(before);
  const ratios: number[] = [];
  for (const [place, price] of pricesByPlace(fresh)) {
    const was = old.get(place);
    if (was !== undefined && was > 0 && price > 0) ratios.push(price / was);
  }
  return ratios.sort((a, b) => a - b);
}

function pricesByPlace(table: CloudTable): Map<string, number> {
  const prices = new Map<string, number>();
  table.typeNames.forEach((name, type) => {
    for (let row = table.typeStart[type] ?? 0; row < (table.typeStart[type + 1] ?? 0); row += 1) {
      const price = table.rowPrice[row] ?? Number.NaN;
      if (Number.isNaN(price)) continue;
      const zone = table.rowZone[row] ?? NO_ZONE;
      const devices = `${table.typeAccelerator[type] ?? -1}`;
      const device =
        devices === "-1" ? "" : `${table.acceleratorNames[Number(devices)]}:${table.typeAcceleratorCount[type]}`;
      prices.set(
        `${name}|${device}|${table.regions[table.rowRegion[row] ?? 0]}|${zone === NO_ZONE ? "" : table.zones[zone]}`,
        price,
      );
    }
  });
  return prices;
}
