// Checks one alternative of a request against the catalog and fills in what follows from it (the cloud of a region).
import {
  findRegion,
  findZone,
  fitsMemory,
  fitsQuantity,
  regionOfZone,
  typesNamed,
  type CloudRules,
  type CloudView,
  type Feature,
} from "#catalog/query.ts";
import type { Resources } from "#shared/task/task.ts";
import { canonicalName, type DeviceFacts } from "#catalog/names.ts";
import { namesHint, nearestNames } from "#shared/schema/similar.ts";
import { memoryText, quantityText } from "./match.ts";
import type { Infeasible } from "./request.ts";

export type Resolution =
  /** `note`: what could only be guessed. */
  | { readonly kind: "resolved"; readonly resources: Resources; readonly note?: string }
  | {
      readonly kind: "wrong";
      readonly exception: Infeasible["exception"];
      readonly message: string;
      readonly hint: string;
    };

interface World {
  readonly enabledClouds: readonly string[];
  readonly devices?: readonly DeviceFacts[];
  readonly view: (cloud: string) => CloudView;
}

/** The alternative with its cloud, region and zone spelled as the catalog does; or what is wrong with it. */
export function resolveResources(resources: Resources, world: World): Resolution {
  const ambiguous = checkDeviceName(resources, world);
  if (ambiguous !== null) return ambiguous;
  const placed = resources.cloud === undefined ? inferCloud(resources, world) : checkCloud(resources, world);
  if (placed.kind === "wrong") return placed;
  const typed = checkNamedType(placed.resources, world);
  if (typed.kind === "wrong") return typed;
  const refused = checkNamedCloud(typed.resources, world);
  return refused ?? (placed.note === undefined ? typed : { ...typed, note: placed.note });
}

/** What the named cloud cannot do at all is a slip in the request; without a name it only leaves the cloud out. */
function checkNamedCloud(resources: Resources, world: World): Resolution | null {
  if (resources.cloud === undefined) return null;
  const { rules } = world.view(resources.cloud);
  const lacks = (feature: Feature) => rules.unsupported.includes(feature);
  const refuse = (what: string, field: string) =>
    wrong(
      "NotSupportedError",
      `${what} are not supported in ${rules.display}`,
      `leave out ${field}, or name another cloud`,
    );
  const images = Object.values(resources.imageId ?? {});
  if (lacks("docker_image") && images.some((image) => image.startsWith("docker:")))
    return refuse("container images", "image_id");
  if (lacks("image_id") && images.some((image) => !image.startsWith("docker:")))
    return refuse("machine images", "image_id");
  const tier = checkDiskTier(resources, rules);
  if (tier !== null) return tier;
  if (lacks("local_disk") && resources.localDisk !== undefined) return refuse("local disks", "local_disk");
  if (lacks("open_ports") && (resources.ports ?? []).length > 0) return refuse("open ports", "ports");
  return null;
}

function checkDeviceName(resources: Resources, world: World): Resolution | null {
  const name = resources.accelerator?.name;
  if (name === undefined || world.devices === undefined || !/^[\w .-]+$/.test(name)) return null;
  const found = canonicalName(world.devices, name);
  if (found.kind !== "ambiguous") return null;
  return wrong(
    "ValueError",
    `the accelerator '${name}' may mean several: ${found.candidates.join(", ")}`,
    `name one of them, e.g. accelerators: ${found.candidates[0]}`,
  );
}

function checkCloud(resources: Resources, world: World): Resolution {
  const cloud = (resources.cloud ?? "").toLowerCase();
  const named = { ...resources, cloud };
  if (!world.enabledClouds.includes(cloud)) {
    return wrong(
      "ResourcesUnavailableError",
      `the cloud '${world.view(cloud).rules.display}' is asked for but not enabled`,
      `stix check ${cloud}, or stix launch --assume-enabled ${cloud} --dryrun to plan without it`,
    );
  }
  return checkPlace(named, world.view(cloud));
}

function checkPlace(resources: Resources, view: CloudView): Resolution {
  const { table, rules } = view;
  // Without a table the places are the provider's to know (it answers when it is asked for machines).
  if (table.regions.length === 0) return { kind: "resolved", resources };
  const { zone } = resources;
  let { region } = resources;
  if (region !== undefined) {
    const id = findRegion(table, region);
    if (id < 0) return unknownRegion(region, view);
    region = table.regions[id] ?? region;
  }
  if (zone !== undefined) {
    if (!rules.hasZones) return wrong("ValueError", `${rules.display} does not support zones`, "leave out the zone");
    const id = findZone(table, zone);
    if (id < 0) return zoneOfAccount(resources, zone, view) ?? unknownZone(zone, region, view);
    const regionId = regionOfZone(table, id);
    const owner = regionId === null ? undefined : table.regions[regionId];
    if (region !== undefined && owner !== region) return unknownZone(zone, region, view);
    region = owner;
    return {
      kind: "resolved",
      resources: { ...resources, ...(region === undefined ? {} : { region }), zone: table.zones[id] ?? zone },
    };
  }
  return { kind: "resolved", resources: { ...resources, ...(region === undefined ? {} : { region }) } };
}

/** A zone by a name that every account gives to another one: which prices are its own is not known, so those of its region count. */
function zoneOfAccount(resources: Resources, zone: string, view: CloudView): Resolution | null {
  const { table, rules } = view;
  const owner = rules.accountZones?.exec(zone.toLowerCase())?.[1];
  const id = owner === undefined ? -1 : findRegion(table, owner);
  const asked = resources.region === undefined ? id : findRegion(table, resources.region);
  if (owner === undefined || id < 0 || asked !== id || table.zoneIds?.size) return null;
  const { zone: _zone, ...rest } = resources;
  const ids = table.zones.filter((_, at) => regionOfZone(table, at) === id);
  const note = `which zone is '${zone}' depends on the account, so the prices are those of ${owner}; by id its zones are ${ids.join(", ")}`;
  return { kind: "resolved", resources: { ...rest, region: table.regions[id] ?? owner }, note };
}

function unknownRegion(region: string, view: CloudView): Resolution {
  const { table, rules } = view;
  return wrong(
    "ValueError",
    `invalid region '${region}' for ${rules.display}`,
    namesHint(region, table.regions, `regions of ${rules.display}`),
  );
}

function unknownZone(zone: string, region: string | undefined, view: CloudView): Resolution {
  const { table, rules } = view;
  const own = region === undefined ? -1 : findRegion(table, region);
  const known = own < 0 ? table.zones : table.zones.filter((_, id) => regionOfZone(table, id) === own);
  const where = region === undefined ? rules.display : `region '${region}'`;
  return wrong(
    "ValueError",
    `invalid zone '${zone}' for ${where}`,
    known.length === 0
      ? "leave the zone out: none are known there"
      : namesHint(zone, known, `zones of ${own < 0 ? rules.display : region}`),
  );
}

function unknownType(name: string, known: readonly string[]): string {
  const near = nearestNames(name, known);
  return near.length > 0 ? `did you mean ${near.join(" or ")}` : "stix gpus list, or leave out instance_type";
}

/** A region, zone or type without a cloud names its cloud when only one enabled cloud has it. */
function inferCloud(resources: Resources, world: World): Resolution {
  const { region, zone, instanceType } = resources;
  if (region !== undefined || zone !== undefined) {
    const owners = world.enabledClouds.filter((cloud) => hasPlace(world.view(cloud), region, zone));
    const place = `(region ${quoted(region)}, zone ${quoted(zone)})`;
    const only = owners[0];
    if (only === undefined)
      return wrong("ValueError", `no enabled cloud has ${place}`, "name the cloud as well, e.g. infra: aws/us-east-1");
    if (owners.length > 1) {
      const names = owners.map((cloud) => world.view(cloud).rules.display).join(", ");
      return wrong(
        "ValueError",
        `the cloud cannot be inferred from ${place}: ${names} have it`,
        `name the cloud as well, e.g. infra: ${only}/${region ?? zone}`,
      );
    }
    return checkPlace({ ...resources, cloud: only }, world.view(only));
  }
  if (instanceType === undefined) return { kind: "resolved", resources };
  const owners = world.enabledClouds.filter((cloud) => typesNamed(world.view(cloud).table, instanceType).length > 0);
  const only = owners[0];
  if (only === undefined) {
    return wrong(
      "ValueError",
      `no enabled cloud has the instance type '${instanceType}'`,
      unknownType(
        instanceType,
        world.enabledClouds.flatMap((cloud) => world.view(cloud).table.typeNames),
      ),
    );
  }
  if (owners.length > 1) {
    return wrong(
      "ValueError",
      `the instance type '${instanceType}' is sold by several clouds: ${owners.join(", ")}`,
      `name the cloud as well, e.g. infra: ${only}`,
    );
  }
  return { kind: "resolved", resources: { ...resources, cloud: only } };
}

function hasPlace(view: CloudView, region: string | undefined, zone: string | undefined): boolean {
  const regionId = region === undefined ? -1 : findRegion(view.table, region);
  if (region !== undefined && regionId < 0) return false;
  if (zone === undefined) return true;
  if (!view.rules.hasZones) return false;
  if (zoneOfAccount(region === undefined ? {} : { region }, zone, view) !== null) return true;
  const zoneId = findZone(view.table, zone);
  return zoneId >= 0 && (regionId < 0 || regionOfZone(view.table, zoneId) === regionId);
}

function checkDiskTier({ diskTier }: Resources, rules: CloudRules): Resolution | null {
  if (diskTier === undefined || diskTier === "best" || rules.diskTiers.includes(diskTier)) return null;
  const known = [...rules.diskTiers, "best"].join(", ");
  return wrong(
    "ValueError",
    `the disk tier '${diskTier}' is not supported in ${rules.display}`,
    `disk tiers of ${rules.display}: ${known}`,
  );
}

/** A named type must have the vCPUs and memory that are asked for beside it. */
function checkNamedType(resources: Resources, world: World): Resolution {
  const { cloud, instanceType, cpus, memory } = resources;
  if (cloud === undefined || instanceType === undefined) return { kind: "resolved", resources };
  const { table, rules } = world.view(cloud);
  if (rules.cutToFit) return { kind: "resolved", resources };
  const type = typesNamed(table, instanceType)[0];
  if (type === undefined) {
    if (table.typeNames.length === 0) return { kind: "resolved", resources };
    return wrong(
      "ValueError",
      `${rules.display} has no instance type '${instanceType}'`,
      unknownType(instanceType, table.typeNames),
    );
  }
  const hasCpus = table.typeCpus[type] ?? Number.NaN;
  const hasMemory = table.typeMemoryGib[type] ?? Number.NaN;
  if (cpus !== undefined && !fitsQuantity(hasCpus, cpus)) {
    return wrong(
      "ValueError",
      `'${instanceType}' has ${hasCpus} vCPUs, but ${quantityText(cpus)} is asked for`,
      "leave out cpus, or name a type that has them",
    );
  }
  if (memory !== undefined && !fitsMemory(hasMemory, hasCpus, memory)) {
    return wrong(
      "ValueError",
      `'${instanceType}' has ${hasMemory} GiB of memory, but ${memoryText(memory)} is asked for`,
      "leave out memory, or name a type that has it",
    );
  }
  return { kind: "resolved", resources };
}

function quoted(name: string | undefined): string {
  return name === undefined ? "none" : `'${name}'`;
}

function wrong(exception: Infeasible["exception"], message: string, hint: string): Resolution {
  return { kind: "wrong", exception, message, hint };
}
