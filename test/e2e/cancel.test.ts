// Cancelled means proven dead, whatever the job was doing and however its processes tried to get away.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jobState, outputLines, untilJob } from "./answers.ts";
import { Deployment, until } from "./harness.ts";
import { isAlive } from "./processes.ts";

setDefaultTimeout(180_000);

// A grandchild in a session of its own, whose parents have ended: no group and no parent leads to it any more.
const runaway =
  'setsid sh -c \'(setsid sh -c "echo \\$\\$ > $HOME/runaway.pid; trap \\"\\" TERM HUP; while :; do sleep 1; done" &) \' & sleep 300';

test("a running job dies with a grandchild that fled into its own session and ignores SIGTERM", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "c", "--infra", "local", runaway]);
  await untilJob(on, "c", 1, "RUNNING");
  const pidFile = join(on.nodeHomes()[0] ?? "", "runaway.pid");
  await until(
    "the grandchild runs",
    () => existsSync(pidFile) && readFileSync(pidFile, "utf8").trim() !== "",
    20_000,
    () => on.evidence(),
  );
  const pid = Number(readFileSync(pidFile, "utf8"));

  const cancelled = await on.stix(["cancel", "-y", "c", "1"]);
  await untilJob(on, "c", 1, "CANCELLED");
  const aliveWhenCancelled = isAlive(pid);

  expect(cancelled.status, cancelled.all).toBe(0);
  expect(aliveWhenCancelled).toBe(false);
});

test("a pending job is cancelled without having run, and a terminal one does not change", async () => {
  await using on = new Deployment({ env: { STIX_LOCAL_ACCELERATORS: "V100:1" } });
  await on.ok(["launch", "-y", "-d", "-c", "c", "--infra", "local", "--gpus", "V100:1", "sleep 300"]);
  await untilJob(on, "c", 1, "RUNNING");
  await on.ok(["exec", "-d", "c", "--gpus", "V100:1", "echo must not run"]);
  await untilJob(on, "c", 2, "PENDING");

  await on.ok(["cancel", "-y", "c", "2"]);
  await untilJob(on, "c", 2, "CANCELLED");
  await on.ok(["cancel", "-y", "c", "1"]);
  await untilJob(on, "c", 1, "CANCELLED");
  await on.stix(["cancel", "-y", "c", "1"]);
  const output = await on.stix(["logs", "c", "2", "--no-follow"]);

  expect(await jobState(on, "c", 1)).toContain("CANCELLED");
  expect(output.stdout).not.toContain("must not run");
});

test("a job that is setting up is cancelled on every node, and one who follows it ends with 103", async () => {
  await using on = new Deployment();
  const task = on.file("slow.yaml", "num_nodes: 2\nsetup: echo begun; sleep 300\nrun: echo must not run\n");
  await using follower = on.start(["launch", "-y", "-c", "c", "--infra", "local", task]);
  await follower.waitFor("begun");
  await untilJob(on, "c", 1, "SETTING_UP");

  await on.ok(["cancel", "-y", "c", "1"]);
  const followed = await follower.ended();
  const asleep = on.processes().filter((each) => each.command.includes("sleep 300"));

  expect(followed.status, followed.all).toBe(103);
  expect(followed.stdout).not.toContain("must not run");
  expect(asleep).toEqual([]);
});

test("cancel without a number takes the newest running job, and -a all of them", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "c", "--infra", "local", "sleep 300"]);
  await on.ok(["exec", "-d", "c", "sleep 301"]);
  await untilJob(on, "c", 2, "RUNNING");

  await on.ok(["cancel", "-y", "c"]);
  await untilJob(on, "c", 2, "CANCELLED");
  const other = await jobState(on, "c", 1);
  const cancelled = await on.stix(["cancel", "-y", "-a", "c", "-o", "json"]);
  await untilJob(on, "c", 1, "CANCELLED");
  const next = await on.stix(["exec", "c", "echo the queue goes on"]);

  expect(other).toContain("RUNNING");
  expect(JSON.parse(cancelled.stdout), cancelled.all).toEqual({ clusters: [{ name: "c", done: true }] });
  expect(cancelled.stderr).toContain("Cancelled job ID(s): 1");
  expect(outputLines(next.stdout), next.all).toContain("the queue goes on");
});
