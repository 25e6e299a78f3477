// A disk that is full, or may not be written: one clear error, nothing half made, and all goes on when there is room again.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, openSync, writeSync, closeSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clusters, outputLines } from "./answers.ts";
import { expectClearError } from "./clear-error.ts";
import { Deployment } from "./harness.ts";
import { smallDisk } from "./small-disk.ts";

setDefaultTimeout(240_000);

/** Writes zeros until nothing more fits. */
function fill(file: string): void {
  const fd = openSync(file, "w");
  for (const size of [1024 * 1024, 4096, 1]) {
    const block = new Uint8Array(size);
    try {
      for (;;) writeSync(fd, block);
    } catch {
      // Full: exactly what we came for.
    }
  }
  closeSync(fd);
}

test("a disk with no room for a launch: a clear error, no cluster, no processes; with room the same command works", async () => {
  using disk = smallDisk(600, "a full disk during launch");
  if (disk === null) return;
  await using on = new Deployment({ below: disk.folder });
  await on.ok(["api", "start"]);
  const ballast = join(disk.folder, "ballast");
  fill(ballast);

  const full = await on.stix(["launch", "-y", "-c", "d", "--infra", "local", "echo ran"]);
  const processesWhenFull = on.processes().filter((each) => each.node !== null);
  rmSync(ballast);
  const listed = await clusters(on);
  const roomy = await on.stix(["launch", "-y", "-c", "d", "--infra", "local", "echo ran"]);

  expectClearError(full, /space|full/i);
  expect(processesWhenFull).toEqual([]);
  expect(listed.filter((cluster) => cluster.status === "UP")).toEqual([]);
  expect(roomy.status, roomy.all + on.evidence()).toBe(0);
  expect(outputLines(roomy.stdout)).toEqual(["ran"]);
});

test("a disk that fills up under a running cluster: errors are clear, nothing dies, and it goes on when there is room", async () => {
  using disk = smallDisk(600, "a disk that fills up under a running cluster");
  if (disk === null) return;
  await using on = new Deployment({ below: disk.folder });
  await on.ok(["launch", "-y", "-c", "d", "--infra", "local", "echo ran"]);
  const ballast = join(disk.folder, "ballast");
  fill(ballast);

  const status = await on.stix(["status"]);
  const refused = await on.stix(["exec", "d", "echo no room"]);
  rmSync(ballast);
  const again = await on.stix(["exec", "d", "echo room again"]);

  expect(status.status === 0 || /space|full/i.test(status.stderr), status.all).toBe(true);
  expectClearError(refused, /space|full/i);
  expect(again.status, again.all + on.evidence()).toBe(0);
  expect(outputLines(again.stdout)).toEqual(["room again"]);
});

test("a state folder that may not be written is named, with what to do, and no server is left behind", async () => {
  using disk = smallDisk(300, "a read-only file system (a folder without write permission is proved instead)");
  await using on = new Deployment(disk === null ? {} : { below: disk.folder });
  mkdirSync(on.state, { mode: 0o700 });
  if (disk === null) chmodSync(on.state, 0o500);
  disk?.makeReadOnly();

  // The harness's own log files stand on the same disk: this one command is run by hand.
  const child = Bun.spawnSync([process.env["STIX_E2E_STIX"] ?? join(import.meta.dir, "../../dist/stix"), "status"], { env: { ...on.env }, cwd: "/" });
  const ended = { status: child.exitCode, stdout: child.stdout.toString(), stderr: child.stderr.toString(), all: child.stdout.toString() + child.stderr.toString() };
  const servers = on.processes("server");
  disk?.makeWritable();
  chmodSync(on.state, 0o700);

  expectClearError(ended, on.state);
  expect(servers).toEqual([]);
  expect(existsSync(join(on.state, "state.db"))).toBe(false);
});
