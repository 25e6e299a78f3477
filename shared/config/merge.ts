// Lays one config over another. Pod settings merge their lists as Kubernetes does; everything else plainly.

import { factsOf } from "../clouds.ts";
import { StixError } from "../errors/stix-error.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** What identifies an item of a list inside pod settings. */
const KEY_OF_LIST: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  ephemeralContainers: "name",
  volumes: "name",
  resourceClaims: "name",
  env: "name",
  claims: "name",
  volumeMounts: "mountPath",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
  ports: "containerPort",
  volumeDevices: "devicePath",
};

/** Lists in pod settings that the higher layer replaces as a whole. */
const REPLACED_LISTS = new Set(["args", "command", "imagePullSecrets"]);

const POD_SECTIONS = new Set(["pod_config", "custom_metadata"]);

/**
 * `higher` over `base`: mappings merge key by key, anything else is replaced, null included. Neither is changed.
 * Below `pod_config` and `custom_metadata` of `kubernetes` lists merge item by item, as in mergePod.
 * Throws `bad-config` where mergePod does.
 */
export function mergeConfig(base: Mapping, higher: Mapping): Record<string, unknown> {
  return mergeSection(base, higher, "");
}

function mergeSection(base: Mapping, higher: Mapping, section: string): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(higher)) {
    const below = merged[key];
    if (!isMapping(below) || !isMapping(value)) merged[key] = value;
    else if (factsOf(section)?.mergesPods === true && POD_SECTIONS.has(key)) merged[key] = mergePod(below, value);
    else merged[key] = mergeSection(below, value, key);
  }
  return merged;
}

/**
 * Pod settings over others: mappings merge, lists merge by the identity of their items or grow, null clears.
 * Throws `bad-config` when a list meets a mapping, or either meets a single value.
 */
export function mergePod(base: Mapping, higher: Mapping): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(higher)) {
    merged[key] = key in merged ? mergePodValue(key, merged[key], value) : value;
  }
  return merged;
}

function mergePodValue(key: string, below: unknown, value: unknown): unknown {
  if (value === null) return null;
  if (isMapping(below) && isMapping(value)) return mergePod(below, value);
  if (Array.isArray(below) && Array.isArray(value)) return mergeLists(key, below, value);
  if (!isNested(below) && !isNested(value)) return value;
  throw new StixError({
    code: "bad-config",
    message: `pod setting '${key}' is ${shape(below)} below and ${shape(value)} above`,
    hint: `write '${key}' in one form in both places, or null to clear it`,
    details: { key },
  });
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function shape(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isMapping(value) ? "a mapping" : "a single value";
}

function mergeLists(key: string, below: readonly unknown[], items: readonly unknown[]): unknown[] {
  if (REPLACED_LISTS.has(key)) return [...items];
  const itemKey = KEY_OF_LIST[key];
  return itemKey === undefined ? [...below, ...items] : mergeItems(below, items, itemKey, key);
}

/** Matched items keep their place, new ones come after. A container without a name is the first one. */
function mergeItems(below: readonly unknown[], items: readonly unknown[], itemKey: string, listKey: string): unknown[] {
  const merged = [...below];
  for (const item of items) {
    const index = matchOf(merged, item, itemKey, listKey);
    const match = merged[index];
    if (index >= 0 && isMapping(match) && isMapping(item)) merged[index] = mergePod(match, item);
    else merged.push(item);
  }
  return merged;
}

function matchOf(merged: readonly unknown[], item: unknown, itemKey: string, listKey: string): number {
  if (!isMapping(item)) return -1;
  const identity = item[itemKey];
  if (identity === undefined) return listKey === "containers" && merged.length > 0 ? 0 : -1;
  return merged.findIndex((each) => isMapping(each) && each[itemKey] === identity);
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
