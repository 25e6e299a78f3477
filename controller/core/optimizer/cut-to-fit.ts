// Clouds that cut machines to the request (pods, Slurm allocations): what a node can give, and the type that is asked of it.
import { fitsMemory, matchAccelerators, sameCount, type CloudView } from "#catalog/query.ts";
import type { OfferRow } from "#catalog/offer.ts";
import { buildTable, NO_ZONE } from "#catalog/table.ts";
import type { Resources } from "#shared/task/task.ts";

interface Shape {
  readonly cpus: number;
  readonly memoryGib: number;
  readonly accelerator: { readonly name: string; readonly count: number } | null;
}

const NAMED = /^(\d+(?:\.\d+)?)CPU--(\d+(?:\.\d+)?)GB(?:--(.+):(\d+(?:\.\d+)?))?$/;

/**
 * The view of a cloud whose rows are nodes as one whose only type is the request: "4CPU--16GB--A100:1". A place stays
 * when one of its nodes can hold it. Asking for "at least" gives exactly that much, as SkyPilot does there.
 */
export function cutToFit(view: CloudView, resources: Resources): CloudView {
  const shape = shapeOf(resources);
  const rows = shape === null ? [] : placesThatHold(view, shape);
  return { rules: view.rules, table: buildTable(view.rules.cloud, rows, { sources: view.table.sources }) };
}

function shapeOf(resources: Resources): Shape | null {
  if (resources.instanceType !== undefined) return parseShape(resources.instanceType);
  const device = resources.accelerator ?? null;
  const cpus = resources.cpus?.value ?? (device === null ? 2 : Math.max(1, 4 * device.count));
  const perCpu = device === null ? 1 : 4;
  const asked = resources.memory ?? { value: perCpu, perCpu: true };
  return { cpus, memoryGib: asked.perCpu ? asked.value * cpus : asked.value, accelerator: device };
}

function parseShape(name: string): Shape | null {
  const found = NAMED.exec(name);
  if (found === null) return null;
  const device = found[3];
  return {
    cpus: Number(found[1]),
    memoryGib: Number(found[2]),
    accelerator: device === undefined ? null : { name: device, count: Number(found[4]) },
  };
}

function placesThatHold(view: CloudView, shape: Shape): OfferRow[] {
  const { table } = view;
  const names = shape.accelerator === null ? null : matchAccelerators(table, shape.accelerator.name);
  const places = new Map<string, OfferRow>();
  for (let type = 0; type < table.typeNames.length; type += 1) {
    if (!holds(view, type, shape, names)) continue;
    const device = table.acceleratorNames[table.typeAccelerator[type] ?? -1];
    const accelerator =
      shape.accelerator === null ? null : { name: device ?? shape.accelerator.name, count: shape.accelerator.count };
    for (let row = table.typeStart[type] ?? 0; row < (table.typeStart[type + 1] ?? 0); row += 1) {
      const zoneId = table.rowZone[row] ?? NO_ZONE;
      const offer: OfferRow = {
        instanceType: nameOf({ ...shape, accelerator }),
        region: table.regions[table.rowRegion[row] ?? 0] ?? "",
        zone: zoneId === NO_ZONE ? null : (table.zones[zoneId] ?? null),
        cpus: shape.cpus,
        memoryGib: shape.memoryGib,
        accelerator,
        price: table.rowPrice[row] ?? null,
        spotPrice: null,
        source: table.rowSource[row] ?? 0,
      };
      const key = `${offer.region}/${offer.zone}`;
      const before = places.get(key);
      if (before === undefined || (offer.price ?? 0) < (before.price ?? 0)) places.set(key, offer);
    }
  }
  return [...places.values()];
}

function holds(view: CloudView, type: number, shape: Shape, names: Uint8Array | null): boolean {
  const { table } = view;
  const cpus = table.typeCpus[type] ?? 0;
  if (cpus < shape.cpus) return false;
  if (!fitsMemory(table.typeMemoryGib[type] ?? 0, cpus, { value: shape.memoryGib, atLeast: true, perCpu: false }))
    return false;
  if (names === null || shape.accelerator === null) return true;
  const id = table.typeAccelerator[type] ?? -1;
  const count = table.typeAcceleratorCount[type] ?? 0;
  return id >= 0 && names[id] === 1 && (count > shape.accelerator.count || sameCount(count, shape.accelerator.count));
}

function nameOf(shape: Shape): string {
  const size = `${shape.cpus}CPU--${shape.memoryGib}GB`;
  return shape.accelerator === null ? size : `${size}--${shape.accelerator.name}:${shape.accelerator.count}`;
}
