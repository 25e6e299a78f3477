// One candidate of the columns with all its texts and prices, as plans and lists show it.
import type { CloudView } from "#catalog/query.ts";
import { NO_BAND, NO_ZONE } from "#catalog/table.ts";
import type { IsBlocked } from "./blocked.ts";
import { devicePrice, type CandidateColumns } from "./candidates.ts";
import type { Candidate } from "./request.ts";

/** Candidate i with all its texts. */
export function candidateAt(columns: CandidateColumns, index: number): Candidate {
  const view = columns.views[columns.view[index] ?? 0] as CloudView;
  const { table, rules } = view;
  const type = columns.type[index] ?? 0;
  const row = columns.row[index] ?? 0;
  const deviceRow = columns.deviceRow[index] ?? -1;
  const owner = deviceRow < 0 ? type : (columns.device[index] ?? type);
  const device = table.typeAccelerator[owner] ?? -1;
  const source = table.sources[table.rowSource[row] ?? 0];
  const useSpot = columns.useSpot[index] === true;
  const isZonal = columns.isZonal[index] === true;
  const band = table.rowBand[row] ?? NO_BAND;
  const zone = zoneName(view, row);
  return {
    cloud: rules.cloud,
    region: table.regions[table.rowRegion[row] ?? 0] ?? "",
    zone: isZonal ? zone : null,
    zones: isZonal
      ? [zone].filter((name) => name !== null)
      : zonesOfRegion(view, type, row, columns.blocked[columns.view[index] ?? 0] ?? null),
    instanceType: table.typeNames[type] ?? "",
    cpus: known(table.typeCpus[type]),
    memoryGib: known(table.typeMemoryGib[type]),
    accelerator:
      device < 0 ? null : { name: table.acceleratorNames[device] ?? "", count: table.typeAcceleratorCount[owner] ?? 0 },
    deviceMemoryGb: scaled(known(table.typeDeviceMemoryMib[owner]), 1 / 1024),
    arch: table.typeArm[type] === 1 ? "arm64" : "x86_64",
    useSpot,
    priceUsdPerHour: rounded(columns.price[index] ?? 0),
    onDemandUsdPerHour: sum(known(table.rowPrice[row]), deviceRow < 0 ? 0 : known(table.rowPrice[deviceRow])),
    spotUsdPerHour: sum(known(table.rowSpot[row]), deviceRow < 0 ? 0 : devicePrice(view, deviceRow, true)),
    interruptionBand: band === NO_BAND ? null : band,
    asOf: (useSpot ? source?.spotAsOf : source?.priceAsOf) ?? "",
    source: (useSpot ? source?.spot : source?.price) ?? "",
    alternative: columns.alternative[index] ?? 0,
  };
}

/** Zones of the on-demand place that starts at `first`, without blocked ones. */
function zonesOfRegion(view: CloudView, type: number, first: number, blocked: IsBlocked | null): string[] {
  const zones: string[] = [];
  const end = view.table.typeStart[type + 1] ?? 0;
  for (let row = first; row < end && view.table.rowRegion[row] === view.table.rowRegion[first]; row += 1) {
    const zone = zoneName(view, row);
    if (zone !== null && !(blocked?.(row, type, -1, false) ?? false)) zones.push(zone);
  }
  return zones;
}

function zoneName(view: CloudView, row: number): string | null {
  const id = view.table.rowZone[row] ?? NO_ZONE;
  return id === NO_ZONE ? null : (view.table.zones[id] ?? null);
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : Math.round(value * factor);
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : rounded(a + b);
}

/** Prices are shown and compared to a millionth of a dollar. */
function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
