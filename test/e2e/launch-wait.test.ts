// What is typed while a launch is under way waits for it, says so, survives the server and Ctrl-C, and ends with the launch when that fails.
import { expect, setDefaultTimeout, test } from "bun:test";
import { jobs, outputLines, untilJob } from "./answers.ts";
import { expectClearError } from "./clear-error.ts";
import { gatedDeployment } from "./gated-deployment.ts";
import { signal } from "./processes.ts";

setDefaultTimeout(240_000);

test("exec and launch wait for a launch, through the death of the server; Ctrl-C only leaves them", async () => {
  const { on, open } = gatedDeployment();
  await using _ = on;
  await using launch = on.start(["launch", "-y", "-c", "w", "--infra", "local", "echo first"]);
  await launch.waitFor("Launching on");
  await using exec = on.start(["exec", "w", "echo second"]);
  await exec.waitFor("waiting for its launch (request ");
  await using left = on.start(["exec", "-d", "w", "echo third"]);
  await left.waitFor("waiting for its launch (request ");
  await using relaunch = on.start(["launch", "-y", "-c", "w", "echo fourth"]);
  await relaunch.waitFor("Waiting for launch (request ");

  signal(-left.pid, "SIGINT");
  const leftEnded = await left.ended();
  await on.kill("server");
  await on.ok(["api", "start"]);
  open();
  const ended = await Promise.all([launch.ended(), exec.ended(), relaunch.ended()]);
  await untilJob(on, "w", 4, "SUCCEEDED");

  expect(leftEnded.status, leftEnded.all).toBe(130);
  expect(leftEnded.stderr).toContain("goes on without this command");
  for (const each of ended) expect(each.status, each.all + on.evidence()).toBe(0);
  expect(ended.map((each) => outputLines(each.stdout))).toEqual([["first"], ["second"], ["fourth"]]);
  const listed = await jobs(on, "w");
  expect(listed.map((job) => job.status)).toEqual(["SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
  expect(outputLines((await on.stix(["logs", "w", "1"])).stdout)).toEqual(["first"]);
});

test("a launch that fails ends the exec that waits for it with one clear error; so do questions that cannot wait", async () => {
  const { on, fail } = gatedDeployment();
  await using _ = on;
  await using launch = on.start(["launch", "-y", "-c", "w", "--infra", "local", "echo first"]);
  await launch.waitFor("Launching on");
  await using exec = on.start(["exec", "w", "echo second"]);
  await exec.waitFor("waiting for its launch (request ");
  const queue = await on.stix(["queue", "w"]);
  const logs = await on.stix(["logs", "w"]);

  fail();
  const [launchEnded, execEnded] = await Promise.all([launch.ended(), exec.ended()]);

  expectClearError(launchEnded, "no luck on this machine");
  expectClearError(execEnded, "cluster 'w' did not come up: its launch failed: the agent of node n0");
  expectClearError(logs, "cluster 'w' is INIT: its launch is under way");
  for (const each of [queue, logs]) {
    expect(each.all).toContain("cluster 'w' is INIT: its launch is under way");
    expect(each.all).toMatch(/try: *stix api logs [0-9a-f]{8}$/m);
  }
});
