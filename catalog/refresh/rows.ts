// A table back as rows, so that a source can put new prices on known machines and places.
import type { LocalDiskFacts, OfferRow } from "../offer.ts";
import { DISK_NVME, DISK_SSD, NO_ZONE, type CloudTable } from "../table.ts";

/** Rows of the table, in its order. */
export function rowsOf(table: CloudTable): OfferRow[] {
  return table.typeNames.flatMap((_, type) => {
    const first = typeFacts(table, type);
    const rows: OfferRow[] = [];
    for (let row = table.typeStart[type] ?? 0; row < (table.typeStart[type + 1] ?? 0); row += 1) {
      const zone = table.rowZone[row] ?? NO_ZONE;
      rows.push({
        ...first,
        region: table.regions[table.rowRegion[row] ?? 0] ?? "",
        zone: zone === NO_ZONE ? null : (table.zones[zone] ?? null),
        price: known(table.rowPrice[row]),
        spotPrice: known(table.rowSpot[row]),
        source: table.rowSource[row] ?? 0,
      });
    }
    return rows;
  });
}

export type TypeFacts = Pick<
  OfferRow,
  "instanceType" | "cpus" | "memoryGib" | "accelerator" | "deviceMemoryMib" | "arch" | "localDisk"
>;

/** What is known of a machine type. */
function typeFacts(table: CloudTable, type: number): TypeFacts {
  const device = table.typeAccelerator[type] ?? -1;
  return {
    instanceType: table.typeNames[type] ?? "",
    cpus: known(table.typeCpus[type]),
    memoryGib: known(table.typeMemoryGib[type]),
    accelerator:
      device < 0 ? null : { name: table.acceleratorNames[device] ?? "", count: table.typeAcceleratorCount[type] ?? 0 },
    deviceMemoryMib: known(table.typeDeviceMemoryMib[type]),
    arch: table.typeArm[type] === 1 ? "arm64" : "x86_64",
    localDisk: diskOf(table, type),
  };
}

/** Facts by type name; of a name with several devices the first. */
export function factsByName(table: CloudTable): Map<string, TypeFacts> {
  const facts = new Map<string, TypeFacts>();
  table.typeNames.forEach((name, type) => {
    if (!facts.has(name)) facts.set(name, typeFacts(table, type));
  });
  return facts;
}

function diskOf(table: CloudTable, type: number): LocalDiskFacts | null {
  const kind = table.typeDiskKind[type] ?? 0;
  if (kind === 0) return null;
  return { totalGb: table.typeDiskGb[type] ?? 0, nvme: (kind & DISK_NVME) !== 0, ssd: (kind & DISK_SSD) !== 0 };
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
