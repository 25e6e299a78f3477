// A file system of a few megabytes for tests of full and read-only disks. Only root may mount one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk extends Disposable {
  readonly folder: string;
  makeReadOnly(): void;
  makeWritable(): void;
}

export const mayMount = process.getuid?.() === 0 && process.platform === "linux";

/** Null where this user may not mount; says so aloud, so that nobody believes it was proved. */
export function smallDisk(megabytes: number, unproved: string): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), "stix-disk-"));
  if (!mayMount || !ran(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder])) {
    rmSync(folder, { recursive: true });
    console.warn(`NOT PROVED on this machine (it takes root to mount a small disk): ${unproved}`);
    return null;
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
