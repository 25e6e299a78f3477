// A worker that dies or freezes: whoever follows gets the job's outcome and is told what is missing; what lives goes on; start cures.
import { expect, setDefaultTimeout, test } from "bun:test";
import { clusters, jobs, outputLines, rankLines, untilCluster, untilJob } from "./answers.ts";
import { expectClearError } from "./clear-error.ts";
import { Deployment, until } from "./harness.ts";
import { signal } from "./processes.ts";

setDefaultTimeout(300_000);

/** More than two heartbeats, so that a busy machine is not taken for a dead one. */
const env = { STIX_NODE_LOST_MS: "12000" };
const task = 'echo "begun $SKYPILOT_NODE_RANK"; sleep 600';

/** Supervisor and agent of a node; its job's processes stay as they are. */
function machineryOf(on: Deployment, nid: string): number[] {
  return on
    .processes()
    .filter((each) => (each.role === "supervisor" || each.role === "skylet") && each.node?.endsWith(`/${nid}`) === true)
    .map((each) => each.pid);
}

/** Supervisors first: they would start their agent again. */
async function killNodes(on: Deployment, nids: readonly string[]): Promise<void> {
  for (const nid of nids) {
    await on.kill("supervisor", nid);
    await on.kill("skylet", nid);
  }
}

async function followGang(on: Deployment, name: string, nodes: number) {
  await on.ok(["launch", "-y", "-c", name, "--infra", "local", "--num-nodes", String(nodes), "true"]);
  const follower = on.start(["exec", name, "--num-nodes", String(nodes), task]);
  for (let rank = 0; rank < nodes; rank += 1) await follower.waitFor(`begun ${rank}`);
  return follower;
}

test("a killed worker ends its job's followers with the outcome and the missing rank; the rest is usable; start cures", async () => {
  await using on = new Deployment({ env });
  await using follower = await followGang(on, "w", 2);

  await killNodes(on, ["n1"]);
  const followed = await follower.ended(60_000);
  await untilCluster(on, "w", "INIT");
  const again = await on.stix(["logs", "w", "2"], { timeoutMs: 30_000 });
  const still = await on.stix(["logs", "w", "2", "--no-follow"], { timeoutMs: 30_000 });
  const synced = await on.stix(["logs", "w", "2", "--sync-down"], { timeoutMs: 30_000 });
  const listed = await jobs(on, "w");
  const status = await on.stix(["status"]);
  const fits = await on.stix(["exec", "w", "echo from the head"], { timeoutMs: 30_000 });
  const tooWide = await on.stix(["exec", "w", "--num-nodes", "2", "true"], { timeoutMs: 30_000 });
  await on.ok(["exec", "-d", "w", "sleep 600"], { timeoutMs: 30_000 });
  await untilJob(on, "w", 4, "RUNNING");
  const cancelled = await on.stix(["cancel", "-y", "w", "4"], { timeoutMs: 30_000 });
  await on.ok(["start", "-y", "w"]);
  const cured = await on.stix(["exec", "w", "--num-nodes", "2", "echo back $SKYPILOT_NODE_RANK"]);
  const whole = await on.stix(["logs", "w", "2"]);

  expect(followed.status, followed.all + on.evidence()).toBe(100);
  expect(followed.stdout).toContain("Output of rank 1 (worker1) is missing");
  expect(followed.stdout).toContain("stix start w");
  expect(followed.stdout).toContain("Job finished (status: FAILED_DRIVER)");
  for (const each of [again, still]) {
    expect(each.status, each.all).toBe(100);
    expect(outputLines(each.stdout), each.all).toEqual(["begun 0"]);
    expect(each.stdout).toContain("Output of rank 1 (worker1) is missing");
  }
  expect(synced.status, synced.all).toBe(0);
  expect(synced.stderr).toContain("Output of rank 1 (worker1) is missing");
  expect(listed.map((job) => job.status)).toEqual(["FAILED_DRIVER", "SUCCEEDED"]);
  expect(status.stdout).toContain("stix start w");
  expect(fits.status, fits.all).toBe(0);
  expect(outputLines(fits.stdout)).toEqual(["from the head"]);
  expectClearError(tooWide, "the task needs 2 nodes, and 1 of 2 of cluster 'w' do not answer");
  expect(tooWide.stderr).toContain("stix start w");
  expect(cancelled.status, cancelled.all).toBe(0);
  expect(outputLines(cured.stdout).sort(), cured.all + on.evidence()).toEqual(["back 0", "back 1"]);
  expect(rankLines(whole.stdout, 1), whole.all).toEqual(["begun 1"]);
});

test("a frozen worker is told of while it is waited for, does not hold a follower, a cancel or a queue, and start cures", async () => {
  await using on = new Deployment({ env });
  await using follower = await followGang(on, "f", 2);
  await on.ok(["exec", "-d", "f", "--num-nodes", "2", "sleep 600"]);
  await untilJob(on, "f", 3, "RUNNING");

  for (const pid of machineryOf(on, "n1")) signal(pid, "SIGSTOP");
  const stuck = await on.stix(["cancel", "-y", "f", "3"], { timeoutMs: 60_000 });
  const followed = await follower.ended(60_000);
  await untilCluster(on, "f", "INIT");
  const status = await on.stix(["status"]);
  const listed = await jobs(on, "f");
  const fits = await on.stix(["exec", "f", "echo from the head"], { timeoutMs: 30_000 });
  await on.ok(["start", "-y", "f"]);
  await untilJob(on, "f", 3, "CANCELLED");
  const cured = await on.stix(["exec", "f", "--num-nodes", "2", "echo back $SKYPILOT_NODE_RANK"]);

  expect(followed.status, followed.all + on.evidence()).toBe(100);
  expect(followed.stdout).toContain("Waiting: worker1 does not answer");
  expect(followed.stdout).toContain("Output of rank 1 (worker1) is missing");
  expect(followed.stdout).toContain("Job finished (status: FAILED_DRIVER)");
  expectClearError(stuck, "job 3 cannot be proven dead: worker1 does not answer");
  expect(stuck.stderr).toContain("stix start f");
  expect(status.stdout).toContain("worker1 does not answer");
  expect(status.stdout).toContain("stix start f");
  expect(listed.find((job) => job.job_id === 2)?.status).toBe("FAILED_DRIVER");
  expect(outputLines(fits.stdout), fits.all).toEqual(["from the head"]);
  expect(outputLines(cured.stdout).sort(), cured.all + on.evidence()).toEqual(["back 0", "back 1"]);
  expect((await clusters(on)).map((cluster) => cluster.status)).toEqual(["UP"]);
});

test("two of eight workers die: exec ends with the outcome and names both ranks", async () => {
  await using on = new Deployment({ env });
  await using follower = await followGang(on, "e", 8);

  await killNodes(on, ["n3", "n5"]);
  const followed = await follower.ended(90_000);
  await until(
    "the cluster is no longer called up",
    async () => (await clusters(on))[0]?.status === "INIT",
    60_000,
    () => on.evidence(),
  );
  const fits = await on.stix(["exec", "e", "--num-nodes", "6", "echo $SKYPILOT_NODE_RANK"], { timeoutMs: 60_000 });

  expect(followed.status, followed.all + on.evidence()).toBe(100);
  for (const rank of [3, 5]) expect(followed.stdout).toContain(`Output of rank ${rank} (worker${rank}) is missing`);
  expect(followed.stdout).toContain("Job finished (status: FAILED_DRIVER)");
  expect(outputLines(fits.stdout).sort(), fits.all + on.evidence()).toEqual(["0", "1", "2", "3", "4", "5"]);
});
