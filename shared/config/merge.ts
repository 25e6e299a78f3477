// Lays one config over another. Pod settings merge their lists as Kubernetes does; everything else plainly.

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
 * Below `pod_config` and `custom_metadata` lists merge item by item.
 */
export function mergeConfig(base: Mapping, higher: Mapping): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(higher)) {
    const below = merged[key];
    if (!isMapping(below) || !isMapping(value)) merged[key] = value;
    else merged[key] = POD_SECTIONS.has(key) ? mergePod(below, value) : mergeConfig(below, value);
  }
  return merged;
}

/** As mergeConfig, inside pod settings: a mismatch of shapes replaces. */
export function mergePod(base: Mapping, higher: Mapping): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(higher)) merged[key] = mergePodValue(key, merged[key], value);
  return merged;
}

function mergePodValue(key: string, below: unknown, value: unknown): unknown {
  if (isMapping(below) && isMapping(value)) return mergePod(below, value);
  if (!Array.isArray(below) || !Array.isArray(value)) return value;
  if (REPLACED_LISTS.has(key)) return value;
  const itemKey = KEY_OF_LIST[key];
  return itemKey === undefined ? [...below, ...value] : mergeItems(below, value, itemKey, key);
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
