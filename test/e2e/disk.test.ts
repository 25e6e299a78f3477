// A disk that is full, or may not be written: one clear error, nothing half made, and all goes on when there is room again.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, openSync, statfsSync, writeSync, closeSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clusters, jobs, outputLines } from "./answers.ts";
import { expectClearError } from "./clear-error.ts";
import { Deployment, until } from "./harness.ts";
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
  using disk = smallDisk(600);
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
  using disk = smallDisk(600);
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

/** Writes to its output for ever, as fast as the disk takes it, and goes on when that is full. */
const floods = "while :; do head -c 1048576 /dev/zero || sleep 0.02; done 2>/dev/null";

test("a job whose output fills the disk keeps nobody from ending it: lists, cancel, stop and down work, and give the room back", async () => {
  using disk = smallDisk(300);
  await using on = new Deployment({ below: disk.folder });
  const full = () => statfsSync(disk.folder).bavail === 0;
  await on.ok(["launch", "-y", "-d", "-c", "d", "--infra", "local", "sleep 3; " + floods]);
  await on.ok(["launch", "-y", "-c", "other", "--infra", "local", "true"]);
  await until("the disk is full", full, 60_000);

  const refused = await on.stix(["exec", "other", "true"]);
  const status = await on.stix(["status"]);
  const queued = await jobs(on, "d");
  // Rows of questions are bounded: these would take all that is kept.
  const asked = await Promise.all(
    Array.from({ length: 400 }, (_, at) =>
      fetch(`http://127.0.0.1:${on.port}/status`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ cluster_names: [`${"x".repeat(2_000)}${at}`] }),
      }),
    ),
  );
  const cancelled = await on.stix(["cancel", "-y", "d", "1"]);
  const after = await jobs(on, "d");
  fill(join(disk.folder, "ballast"));
  const stopped = await on.stix(["stop", "-y", "d"]);
  fill(join(disk.folder, "ballast-2"));
  const fullBefore = full();
  const down = await on.stix(["down", "-y", "d"]);
  const roomy = await on.stix(["exec", "other", "echo room again"]);

  expectClearError(refused, /space|full/i);
  expect(status.status, status.all).toBe(0);
  expect(queued.map((job) => job.status)).toEqual(["RUNNING"]);
  expect(asked.map((answer) => answer.status).filter((code) => code !== 200 && code !== 507)).toEqual([]);
  expect(cancelled.status, cancelled.all + on.evidence()).toBe(0);
  expect(after.map((job) => job.status)).toEqual(["CANCELLED"]);
  expect(stopped.status, stopped.all + on.evidence()).toBe(0);
  expect(fullBefore).toBe(true);
  expect(down.status, down.all + on.evidence()).toBe(0);
  expect(outputLines(roomy.stdout), roomy.all + on.evidence()).toEqual(["room again"]);
});

test("down of a job that still floods a full disk works, and so does a server that is started on it", async () => {
  using disk = smallDisk(300);
  await using on = new Deployment({ below: disk.folder });
  const full = () => statfsSync(disk.folder).bavail === 0;
  await on.ok(["launch", "-y", "-d", "-c", "flood", "--infra", "local", "sleep 3; " + floods]);
  await on.ok(["launch", "-y", "-d", "-c", "spill", "--infra", "local", "sleep 3; head -c 400M /dev/zero"]);
  await until("the server keeps its reserve", () => existsSync(join(on.state, "reserve")), 20_000);
  await until("the disk is full", full, 60_000);

  const down = await on.stix(["down", "-y", "flood"]);
  fill(join(disk.folder, "ballast"));
  await on.kill("server");
  const again = await on.stix(["down", "-y", "spill"]);
  const left = await clusters(on);

  expect(down.status, down.all + on.evidence()).toBe(0);
  expect(again.status, again.all + on.evidence()).toBe(0);
  expect(left).toEqual([]);
});

test("a state folder that may not be written is named, with what to do, and no server is left behind", async () => {
  using disk = smallDisk(300);
  await using on = new Deployment({ below: disk.folder });
  mkdirSync(on.state, { mode: 0o700 });
  disk.makeReadOnly();

  // The harness's own log files stand on the same disk: this one command is run by hand.
  const child = Bun.spawnSync([process.env["STIX_E2E_STIX"] ?? join(import.meta.dir, "../../dist/stix"), "status"], {
    env: { ...on.env },
    cwd: "/",
  });
  const ended = {
    status: child.exitCode,
    stdout: child.stdout.toString(),
    stderr: child.stderr.toString(),
    all: child.stdout.toString() + child.stderr.toString(),
  };
  const servers = on.processes("server");
  disk.makeWritable();

  expectClearError(ended, on.state);
  expect(servers).toEqual([]);
  expect(existsSync(join(on.state, "state.db"))).toBe(false);
});
