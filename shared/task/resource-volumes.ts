// Reads `resources.volumes`: disks of the cloud that are attached to the node.
import { pythonRepr } from "../yaml/python-text.ts";
import { refuse, within, type Scope } from "./report.ts";
import type { ResourceVolume } from "./task.ts";
import { wholeGib } from "./units.ts";

export const DISK_TIERS = ["low", "medium", "high", "ultra", "best"] as const;

const KNOWN_KEYS = new Set(["path", "name", "disk_size", "disk_tier", "storage_type", "attach_mode", "auto_delete"]);

type Written = Readonly<Record<string, unknown>> & {
  readonly path?: string | undefined;
  readonly name?: string | undefined;
  readonly disk_size?: string | number | undefined;
  readonly disk_tier?: string | undefined;
  readonly storage_type?: string | undefined;
  readonly attach_mode?: string | undefined;
  readonly auto_delete?: boolean | undefined;
};

/** Words it does not know count as the default, as in SkyPilot. Undefined when refused. */
export function readResourceVolumes(scope: Scope, written: readonly Written[]): readonly ResourceVolume[] | undefined {
  const volumes = written.map((volume, index) => readVolume(within(scope, index), volume));
  const read = volumes.filter((volume) => volume !== undefined);
  return read.length === volumes.length ? read : undefined;
}

function readVolume(scope: Scope, written: Written): ResourceVolume | undefined {
  if (written.path === undefined) {
    return refuse(scope, "ValueError", `volume ${pythonRepr(written)} has no "path"`, { hint: "add path: /mnt/data" });
  }
  const storageType = written.storage_type?.toLowerCase() === "instance" ? "instance" : "network";
  const attachMode = written.attach_mode?.toLowerCase() === "read_only" ? "read_only" : "read_write";
  const other = Object.entries(written).filter(([key]) => !KNOWN_KEYS.has(key));
  const shared = {
    path: written.path,
    storageType,
    attachMode,
    autoDelete: written.auto_delete ?? false,
    ...(other.length === 0 ? {} : { otherKeys: Object.fromEntries(other) }),
  } as const;
  if (storageType === "instance") return shared;
  if (written.name === undefined) {
    return refuse(scope, "ValueError", `network volume at ${written.path} has no "name"`, {
      hint: "add name: <volume name>",
    });
  }
  const diskSizeGib = written.disk_size === undefined ? undefined : wholeGib(String(written.disk_size));
  return {
    ...shared,
    name: written.name,
    ...(diskSizeGib === undefined ? {} : { diskSizeGib }),
    diskTier: DISK_TIERS.find((tier) => tier === written.disk_tier?.toLowerCase()) ?? "best",
  };
}
