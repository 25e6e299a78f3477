// Which machine types of one cloud fit a request. A match is a type, or a host type with devices attached to it.
import {
  fitsLocalDisk,
  fitsMemory,
  fitsQuantity,
  matchAccelerators,
  sameCount,
  typesNamed,
  type AttachRules,
  type CloudView,
} from "#catalog/query.ts";
import type { MemoryQuantity, Quantity, Resources } from "#shared/task/task.ts";

/** `device`: the type id of the attached devices' own rows, -1 when the type has its devices built in (or none). */
export interface TypeMatch {
  readonly type: number;
  readonly device: number;
}

export type MatchResult =
  | { readonly kind: "types"; readonly matches: readonly TypeMatch[] }
  /** `mismatch`: the request contradicts itself; nothing else will help. */
  | { readonly kind: "none"; readonly reason: string; readonly mismatch?: boolean };

/** Types that fit, in the order of the table. Places are not looked at. */
export function matchTypes(view: CloudView, resources: Resources): MatchResult {
  const found = matchMachines(view, resources);
  if (found.kind === "none") return found;
  return filterByDisks(view, resources, found.matches);
}

function matchMachines(view: CloudView, resources: Resources): MatchResult {
  if (resources.instanceType !== undefined) return matchNamed(view, resources, resources.instanceType);
  return resources.accelerator === undefined ? matchDefaults(view, resources) : matchDevices(view, resources);
}

function matchNamed(view: CloudView, resources: Resources, name: string): MatchResult {
  const { table, rules } = view;
  const types = typesNamed(table, name);
  if (types.length === 0) return { kind: "none", reason: `${rules.display} has no instance type '${name}'` };
  const wanted = resources.accelerator;
  if (wanted === undefined) return { kind: "types", matches: types.map((type) => ({ type, device: -1 })) };
  const names = matchAccelerators(table, wanted.name);
  const built = types.filter((type) => hasDevices(view, type, names, wanted.count));
  if (built.length > 0) return { kind: "types", matches: built.map((type) => ({ type, device: -1 })) };
  const attached = attachments(view, names, wanted.count);
  const host = types[0];
  if (rules.attach !== null && attached.length > 0 && rules.attach.hosts.test(name) && host !== undefined) {
    const refusal = attachRefusal(view, rules.attach, host, attached[0] ?? -1);
    if (refusal !== null) return { kind: "none", reason: refusal, mismatch: true };
    return { kind: "types", matches: attached.map((device) => ({ type: host, device })) };
  }
  return {
    kind: "none",
    mismatch: true,
    reason: `instance type '${name}' does not have ${wanted.name}:${wanted.count}: it has ${devicesOf(view, host ?? -1)}`,
  };
}

function matchDevices(view: CloudView, resources: Resources): MatchResult {
  const { table, rules } = view;
  const wanted = resources.accelerator;
  if (wanted === undefined) return { kind: "none", reason: "no accelerator is asked for" };
  const names = matchAccelerators(table, wanted.name);
  const matches: TypeMatch[] = [];
  for (let type = 0; type < table.typeNames.length; type += 1) {
    if (!hasDevices(view, type, names, wanted.count)) continue;
    if (isDevicePool(view, type)) matches.push({ type, device: -1 });
    else if (table.typeNames[type] !== "" && fitsHost(view, type, resources.cpus, resources.memory))
      matches.push({ type, device: -1 });
  }
  const devices = attachments(view, names, wanted.count);
  if (rules.attach !== null) {
    for (const device of devices) matches.push(...hostsFor(view, rules.attach, device, resources));
  }
  if (matches.length > 0) return { kind: "types", matches };
  const sold = devices.length > 0 || table.typeNames.some((_, type) => hasDevices(view, type, names, wanted.count));
  const what = `${wanted.name}:${wanted.count}`;
  return {
    kind: "none",
    reason: sold
      ? `no ${rules.display} machine with ${what} has the vCPUs and memory asked for`
      : `${rules.display} does not offer ${what}`,
  };
}

function matchDefaults(view: CloudView, resources: Resources): MatchResult {
  const { table, rules } = view;
  const neither = resources.cpus === undefined && resources.memory === undefined;
  const fallback = neither || rules.cpusAlways ? (rules.defaultCpus ?? undefined) : undefined;
  const cpus = resources.cpus ?? fallback;
  const memory = resources.memory ?? rules.defaultMemory ?? undefined;
  const matches: TypeMatch[] = [];
  for (let type = 0; type < table.typeNames.length; type += 1) {
    const name = table.typeNames[type] ?? "";
    if (name === "" || isDevicePool(view, type)) continue;
    if (rules.families !== null && !rules.families.test(name)) continue;
    if (fitsHost(view, type, cpus, memory)) matches.push({ type, device: -1 });
  }
  if (matches.length > 0) return { kind: "types", matches };
  return { kind: "none", reason: `${rules.display} has no default machine with ${sizeText(cpus, memory)}` };
}

function filterByDisks(view: CloudView, resources: Resources, matches: readonly TypeMatch[]): MatchResult {
  const wanted = resources.localDisk;
  const tierTypes = resources.diskTier === undefined ? undefined : view.rules.diskTierTypes[resources.diskTier];
  if (wanted === undefined && tierTypes === undefined) return { kind: "types", matches };
  const kept = matches.filter(
    ({ type }) =>
      (wanted === undefined || fitsLocalDisk(view.table, type, wanted)) &&
      (tierTypes === undefined || tierTypes.test(view.table.typeNames[type] ?? "")),
  );
  if (kept.length > 0) return { kind: "types", matches: kept };
  const what = wanted === undefined ? `takes the disk tier '${resources.diskTier}'` : "has the local disk asked for";
  return { kind: "none", reason: `no fitting ${view.rules.display} machine ${what}` };
}

/** Devices that are rented as such, without a choice of host (TPU slices). */
function isDevicePool(view: CloudView, type: number): boolean {
  return Number.isNaN(view.table.typeCpus[type] ?? Number.NaN) && view.table.typeNames[type] === "TPU-VM";
}

function hasDevices(view: CloudView, type: number, names: Uint8Array, count: number): boolean {
  const id = view.table.typeAccelerator[type] ?? -1;
  return id >= 0 && names[id] === 1 && sameCount(view.table.typeAcceleratorCount[type] ?? 0, count);
}

function attachments(view: CloudView, names: Uint8Array, count: number): number[] {
  if (view.rules.attach === null) return [];
  const found: number[] = [];
  view.table.typeNames.forEach((name, type) => {
    if (name === "" && hasDevices(view, type, names, count)) found.push(type);
  });
  return found;
}

function fitsHost(
  view: CloudView,
  type: number,
  cpus: Quantity | undefined,
  memory: MemoryQuantity | undefined,
): boolean {
  const hasCpus = view.table.typeCpus[type] ?? Number.NaN;
  if (cpus !== undefined && !fitsQuantity(hasCpus, cpus)) return false;
  return memory === undefined || fitsMemory(view.table.typeMemoryGib[type] ?? Number.NaN, hasCpus, memory);
}

/** Hosts for attached devices: as many vCPUs as SkyPilot gives them by default, and 4 GiB for each asked vCPU. */
function hostsFor(view: CloudView, attach: AttachRules, device: number, resources: Resources): TypeMatch[] {
  const { table } = view;
  const name = table.acceleratorNames[table.typeAccelerator[device] ?? -1] ?? "";
  const count = table.typeAcceleratorCount[device] ?? 0;
  const byCount = attach.defaultCpus[name] ?? attach.defaultCpus[""] ?? {};
  let cpus = resources.cpus;
  if (cpus === undefined && resources.memory === undefined) cpus = { value: byCount[count] ?? 8, atLeast: true };
  const memory =
    resources.memory ?? (cpus === undefined ? undefined : { value: cpus.value * 4, atLeast: true, perCpu: false });
  const found: TypeMatch[] = [];
  table.typeNames.forEach((host, type) => {
    if (attach.hosts.test(host) && (table.typeAccelerator[type] ?? -1) < 0 && fitsHost(view, type, cpus, memory))
      found.push({ type, device });
  });
  return found;
}

function attachRefusal(view: CloudView, attach: AttachRules, host: number, device: number): string | null {
  const { table } = view;
  const name = table.acceleratorNames[table.typeAccelerator[device] ?? -1] ?? "";
  const count = table.typeAcceleratorCount[device] ?? 0;
  const limit = attach.limits[name]?.[count];
  if (limit === undefined) return null;
  const what = `${name}:${count} cannot be attached to '${table.typeNames[host]}'`;
  if ((table.typeCpus[host] ?? 0) > limit[0]) return `${what}: it takes hosts of at most ${limit[0]} vCPUs`;
  if ((table.typeMemoryGib[host] ?? 0) > limit[1])
    return `${what}: it takes hosts of at most ${limit[1]} GiB of memory`;
  return null;
}

function devicesOf(view: CloudView, type: number): string {
  const id = view.table.typeAccelerator[type] ?? -1;
  return id < 0 ? "no accelerator" : `${view.table.acceleratorNames[id]}:${view.table.typeAcceleratorCount[type]}`;
}

/** "8+" or "8". */
export function quantityText(wanted: Quantity): string {
  return `${wanted.value}${wanted.atLeast ? "+" : ""}`;
}

/** "32+ GiB", or "4 GiB a vCPU". */
export function memoryText(wanted: MemoryQuantity): string {
  return wanted.perCpu ? `${wanted.value} GiB a vCPU` : `${quantityText(wanted)} GiB`;
}

function sizeText(cpus: Quantity | undefined, memory: MemoryQuantity | undefined): string {
  const parts: string[] = [];
  if (cpus !== undefined) parts.push(`${quantityText(cpus)} vCPUs`);
  if (memory !== undefined) parts.push(memoryText(memory));
  return parts.length === 0 ? "any size" : parts.join(" and ");
}
