// How a cloud's offers may be asked for: its selection rules, and the tests that a machine type must pass. No I/O.
import type { LocalDisk, MemoryQuantity, Quantity } from "#shared/task/task.ts";
import { DISK_NVME, DISK_SSD, type CloudTable } from "./table.ts";

/** What a request may need beside hardware; a cloud that lacks one is no candidate. */
export type Feature =
  | "stop"
  | "multi_node"
  | "clone_disk_from_cluster"
  | "image_id"
  | "docker_image"
  | "spot_instance"
  | "custom_disk_tier"
  | "custom_network_tier"
  | "open_ports"
  | "storage_mounting"
  | "host_controllers"
  | "high_availability_controllers"
  | "auto_terminate"
  | "autostop"
  | "autodown"
  | "custom_multi_network"
  | "local_disk";

/** Host sizes that go with devices which are attached to a host of one's own choice. */
export interface AttachRules {
  readonly hosts: RegExp;
  /** vCPUs a host gets for (device, count) when the user names none; "" = all other devices. */
  readonly defaultCpus: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** (device, count) → [most vCPUs, most GiB] of a host named by the user. */
  readonly limits: Readonly<Record<string, Readonly<Record<number, readonly [number, number]>>>>;
}

/** What is particular to one cloud when offers are chosen. */
export interface CloudRules {
  readonly cloud: string;
  /** As printed to users. */
  readonly display: string;
  readonly hasZones: boolean;
  /** Names of zones that mean another one for every account (region, letter), where the lists have ids. */
  readonly accountZones?: RegExp;
  /** On-demand candidates are counted by zone, not by region. */
  readonly zonalOnDemand: boolean;
  /** Used when neither vCPUs nor memory is asked for (`cpusAlways`: whenever vCPUs are not). */
  readonly defaultCpus: Quantity | null;
  readonly cpusAlways: boolean;
  /** Used whenever memory is not asked for, without devices. */
  readonly defaultMemory: MemoryQuantity | null;
  /** Types considered without devices and without a type name; null: all. */
  readonly families: RegExp | null;
  readonly attach: AttachRules | null;
  readonly unsupported: readonly Feature[];
  /** Disk tiers beside "best"; empty: none. */
  readonly diskTiers: readonly string[];
  /** Type names that a disk tier needs; tiers not listed take all. */
  readonly diskTierTypes: Readonly<Record<string, RegExp>>;
  /** Devices with a fast network although the cloud as a whole has none: "H100:8". */
  readonly fastNetworkDevices: readonly string[];
  /** Regions that come first where prices are equal. */
  readonly regionsFirst: RegExp | null;
  /** USD for moving this many GB out of the cloud. */
  readonly egressUsd: (gigabytes: number) => number;
  /** Machines are cut to the request ("4CPU--16GB"), not sold as types. */
  readonly cutToFit: boolean;
  /** Its devices are among those suggested for a name that is not found. */
  readonly isSuggested: boolean;
  /** Chosen only when named, or when nothing else is enabled. */
  readonly onlyWhenNamed: boolean;
}

/** One cloud as the optimizer sees it. */
export interface CloudView {
  readonly rules: CloudRules;
  readonly table: CloudTable;
}

/** Whether a number satisfies "N" or "N+". NaN (not known) satisfies nothing. */
export function fitsQuantity(value: number, wanted: Quantity): boolean {
  return wanted.atLeast ? value >= wanted.value : value === wanted.value;
}

/** Memory of a machine against "N", "N+" or "Nx" (GiB for each vCPU). */
export function fitsMemory(memoryGib: number, cpus: number, wanted: MemoryQuantity): boolean {
  if (wanted.perCpu) return memoryGib >= wanted.value * cpus;
  return fitsQuantity(memoryGib, wanted);
}

/** Exact sizes are met within a gigabyte: vendors round differently. */
export function fitsLocalDisk(table: CloudTable, type: number, wanted: LocalDisk): boolean {
  const kind = table.typeDiskKind[type] ?? 0;
  if ((kind & DISK_SSD) === 0) return false;
  if (wanted.mode === "nvme" && (kind & DISK_NVME) === 0) return false;
  const total = table.typeDiskGb[type] ?? 0;
  return wanted.sizeGb.atLeast ? total >= wanted.sizeGb.value : Math.abs(total - wanted.sizeGb.value) < 1;
}

const PLAIN_NAME = /^[\w -]+$/;

/**
 * Flags by accelerator id of the names that match. The name is a regular expression over the whole name, whatever its
 * case, as SkyPilot reads it; a name that is not a valid one is compared as text.
 */
export function matchAccelerators(table: CloudTable, name: string): Uint8Array {
  const flags = new Uint8Array(table.acceleratorNames.length);
  const test = acceleratorTest(name);
  table.acceleratorNames.forEach((known, id) => {
    if (test(known)) flags[id] = 1;
  });
  return flags;
}

function acceleratorTest(name: string): (known: string) => boolean {
  const lower = name.toLowerCase();
  const asText = (known: string) => known.toLowerCase() === lower;
  if (PLAIN_NAME.test(name)) return asText;
  try {
    const expression = new RegExp(`^(?:${name})$`, "i");
    return (known) => expression.test(known);
  } catch {
    return asText;
  }
}

/** Device counts come from floating point in the lists. */
export function sameCount(a: number, b: number): boolean {
  return Math.abs(a - b) <= 0.01;
}

/** Id of a region whatever its case, -1 when the cloud has none of that name. */
export function findRegion(table: CloudTable, region: string): number {
  const exact = table.regions.indexOf(region);
  if (exact >= 0) return exact;
  const lower = region.toLowerCase();
  return table.regions.findIndex((name) => name.toLowerCase() === lower);
}

/** Id of a zone whatever its case, -1 when the cloud has none of that name. */
export function findZone(table: CloudTable, zone: string): number {
  const exact = table.zones.indexOf(table.zoneIds?.get(zone) ?? zone);
  if (exact >= 0) return exact;
  const lower = zone.toLowerCase();
  return table.zones.findIndex((name) => name.toLowerCase() === lower);
}

/** Region a zone lies in, or null. */
export function regionOfZone(table: CloudTable, zone: number): number | null {
  const row = table.rowZone.indexOf(zone);
  return row < 0 ? null : (table.rowRegion[row] ?? null);
}

/** Type ids of an instance type's name; several where one name is sold with different devices. */
export function typesNamed(table: CloudTable, name: string): number[] {
  const found: number[] = [];
  table.typeNames.forEach((known, id) => {
    if (known === name) found.push(id);
  });
  return found;
}
