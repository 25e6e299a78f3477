// Reads a bucket of `file_mounts`, and a disk written as one.
import { storageSchema } from "./schema/storage.ts";
import { isUrl } from "./local-paths.ts";
import { checked, refuse, refuseEmptyUnknown, warn, within, type Scope } from "./report.ts";
import { compact, withoutNulls } from "./compact.ts";
import type { ResourceVolume } from "./task.ts";
import { readResourceVolumes } from "./resource-volumes.ts";
import { STORAGE_MODES, STORAGE_PRESETS, STORE_NAMES, type StorageSpec } from "./storage.ts";

/** A disk, and what is copied onto it. */
export interface DiskMount {
  readonly volume: ResourceVolume;
  readonly source?: string;
}

/** Whether a mount's source asks for a disk of the cloud instead of a bucket. */
export function isDiskMount(source: string | Readonly<Record<string, unknown>>): boolean {
  const store = typeof source === "string" ? undefined : source["store"];
  return typeof store === "string" && store.toUpperCase() === "VOLUME";
}

/** The bucket under a mount's destination; undefined when refused. */
export function readBucketMount(scope: Scope, written: Readonly<Record<string, unknown>>): StorageSpec | undefined {
  const value = checked(scope, "storage", storageSchema(), withoutNulls(written));
  if (value === undefined) return undefined;
  const emptyUnknown = Object.keys(written).find((key) => written[key] === null && !(key in storageSchema().shape));
  if (emptyUnknown !== undefined) return refuseEmptyUnknown(within(scope, emptyUnknown), emptyUnknown);
  return readBucket(scope, value);
}

/** The disk under a mount's destination; undefined when refused. */
export function readDiskMount(
  scope: Scope,
  destination: string,
  written: Readonly<Record<string, unknown>>,
): DiskMount | undefined {
  const value = checked(scope, "storage", storageSchema(), diskKeys(written));
  return value === undefined ? undefined : readDisk(scope, destination, value);
}

/** Keys that mean nothing for a disk are not judged. */
function diskKeys(written: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { name, source, persistent, config } = written;
  return withoutNulls(compact({ name, source, persistent, config }));
}

type Written = NonNullable<ReturnType<typeof storageSchema>["_output"]>;

function readBucket(scope: Scope, value: Written): StorageSpec | undefined {
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
  const isRemote = typeof value.source === "string" && isUrl(value.source);
  if (isRemote && value.name !== undefined)
    warn(within(scope, "name"), "a bucket URL names the bucket, so name is ignored", { at: "key" });
  return compact({
    name: isRemote ? undefined : value.name,
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
}

function refuseOption(scope: Scope, option: string, needed: string, mode: string): undefined {
  return refuse(scope, "StorageSpecError", `${option} works with mode ${needed} only, and mode is ${mode}`, {
    at: "key",
    hint: `mode: ${needed}`,
  });
}

/** `store: volume` is a disk of the cloud; what `source` names is copied onto it, under `data`. */
function readDisk(scope: Scope, destination: string, value: Written): DiskMount | undefined {
  const { disk_size, disk_tier, storage_type, attach_mode } = value.config ?? {};
  const volumes = readResourceVolumes(scope, [
    compact({
      path: destination,
      name: value.name === "" ? undefined : value.name,
      auto_delete: value.persistent !== true,
      disk_size,
      disk_tier,
      storage_type,
      attach_mode,
    }),
  ]);
  const volume = volumes?.[0];
  if (volume === undefined) return undefined;
  return typeof value.source === "string" ? { volume, source: value.source } : { volume };
}

function known<const Word extends string>(words: readonly Word[], text: string | undefined): Word | undefined {
  return words.find((word) => word === text?.toUpperCase());
}
