// A file system of a few megabytes for tests of full and read-only disks. Only root may mount one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requireRoot } from "../require.ts";

export interface SmallDisk extends Disposable {
  readonly folder: string;
  makeReadOnly(): void;
  makeWritable(): void;
}

/** Throws where this user may not mount one. */
export function smallDisk(megabytes: number): SmallDisk {
  requireRoot("mount a small disk");
  const folder = mkdtempSync(join(tmpdir(), "stix-disk-"));
  if (!ran(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder])) {
    rmSync(folder, { recursive: true });
    throw new Error("a small disk could not be mounted; a container needs the right to: docker run --privileged");
  }
  return {
    folder,
    makeReadOnly: () => void ran(["mount", "-o", "remount,ro", folder]),
    makeWritable: () => void ran(["mount", "-o", "remount,rw", folder]),
    [Symbol.dispose]: () => {
      ran(["umount", "-l", folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ran(command: readonly string[]): boolean {
  return Bun.spawnSync([...command], { stdout: "ignore", stderr: "ignore" }).success;
}
