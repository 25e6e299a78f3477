// Reads a bucket of `file_mounts`, and a disk written as one.
import { storageSchema } from "./schema/storage.ts";
import { checked, refuse, within, type Scope } from "./report.ts";
import { compact, withoutNulls } from "./resources.ts";
import type { ResourceVolume } from "./task.ts";
import { readResourceVolumes } from "./resource-volumes.ts";
import { STORAGE_MODES, STORAGE_PRESETS, STORE_NAMES, type StorageSpec } from "./storage.ts";

export type ReadMount =
  | { readonly kind: "bucket"; readonly spec: StorageSpec }
  | { readonly kind: "disk"; readonly volume: ResourceVolume; readonly source?: string };

const KNOWN_KEYS = Object.keys({
  name: 1,
  source: 1,
  store: 1,
  persistent: 1,
  mode: 1,
  type: 1,
  config: 1,
  _is_sky_managed: 1,
  _bucket_sub_path: 1,
  _force_delete: 1,
});

/** The mapping under a mount's destination; undefined when refused. */
export function readMount(scope: Scope, destination: string, written: Readonly<Record<string, unknown>>): ReadMount | undefined {
  const value = checked(scope, "storage", storageSchema(), withoutNulls(written));
  if (value === undefined) return undefined;
  const emptyUnknown = Object.keys(written).find((key) => written[key] === null && !KNOWN_KEYS.includes(key));
  if (emptyUnknown !== undefined) return refuseEmptyUnknown(within(scope, emptyUnknown), emptyUnknown);
  if (value.store?.toUpperCase() === "VOLUME") return readDisk(scope, destination, value);
  return readBucket(scope, value);
}

/** SkyPilot lets an unknown key without a value through its schema and fails after it. */
export function refuseEmptyUnknown(scope: Scope, key: string): undefined {
  return refuse(scope, "AssertionError", `unknown key '${key}', with no value`, { at: "key", hint: "remove it" });
}

type Written = NonNullable<ReturnType<typeof storageSchema>["_output"]>;

function readBucket(scope: Scope, value: Written): ReadMount | undefined {
  const mode = known(STORAGE_MODES, value.mode) ?? "MOUNT";
  const { mount_cached, mount } = value.config ?? {};
  if (mount_cached !== undefined && mode !== "MOUNT_CACHED") {
    return refuseOption(within(scope, "config", "mount_cached"), "config.mount_cached", "MOUNT_CACHED", mode);
  }
  if (mount !== undefined && mode !== "MOUNT") {
    return refuseOption(within(scope, "config", "mount"), "config.mount", "MOUNT", mode);
  }
  if (value.type !== undefined && mode !== "MOUNT_CACHED") {
    return refuseOption(within(scope, "type"), "type", "MOUNT_CACHED", mode);
  }
  const config = compact({ mount_cached, mount });
  const spec: StorageSpec = compact({
    name: value.name,
    source: value.source,
    store: known(STORE_NAMES, value.store),
    mode,
    persistent: value.persistent ?? true,
    type: known(STORAGE_PRESETS, value.type),
    config: Object.keys(config).length === 0 ? undefined : config,
    isSkyManaged: value._is_sky_managed,
    bucketSubPath: value._bucket_sub_path,
    forceDelete: value._force_delete,
  });
  return { kind: "bucket", spec };
}

function refuseOption(scope: Scope, option: string, needed: string, mode: string): undefined {
  return refuse(scope, "StorageSpecError", `${option} works with mode ${needed} only, and mode is ${mode}`, {
    at: "key",
    hint: `mode: ${needed}`,
  });
}

/** `store: volume` is a disk of the cloud; what `source` names is copied onto it, under `data`. */
function readDisk(scope: Scope, destination: string, value: Written): ReadMount | undefined {
  const { disk_size, disk_tier, storage_type, attach_mode } = value.config ?? {};
  const volumes = readResourceVolumes(scope, [
    compact({
      path: destination,
      name: value.name,
      auto_delete: value.persistent !== true,
      disk_size,
      disk_tier,
      storage_type,
      attach_mode,
    }),
  ]);
  const volume = volumes?.[0];
  if (volume === undefined) return undefined;
  return typeof value.source === "string" ? { kind: "disk", volume, source: value.source } : { kind: "disk", volume };
}

function known<const Word extends string>(words: readonly Word[], text: string | undefined): Word | undefined {
  return words.find((word) => word === text?.toUpperCase());
}
