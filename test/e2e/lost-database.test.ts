// The server's database is gone, by our own advice for a damaged one: what runs is shown, taken back whole, or removed.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { clusters, jobs, outputLines, untilJob } from "./answers.ts";
import { expectClearError } from "./clear-error.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(240_000);

/** `mv state.db state.db.damaged`, with the server dead. */
async function loseDatabase(on: Deployment): Promise<void> {
  await on.kill("server");
  renameSync(join(on.state, "state.db"), join(on.state, "state.db.damaged"));
}

test("clusters that run without a record are shown by status, taken back with their jobs, and usable in every way", async () => {
  await using on = new Deployment();
  await on.ok([
    "launch",
    "-y",
    "-c",
    "gang",
    "--infra",
    "local",
    "--num-nodes",
    "2",
    "-i",
    "600",
    "echo first $SKYPILOT_NODE_RANK",
  ]);
  await on.ok(["exec", "-d", "gang", "--num-nodes", "2", "until [ -e ~/go ]; do sleep 0.1; done; echo went on"]);
  await untilJob(on, "gang", 2, "RUNNING");
  await on.ok(["launch", "-y", "-c", "asleep", "--infra", "local", "true"]);
  await on.ok(["stop", "-y", "asleep"]);
  const before = await clusters(on);

  await loseDatabase(on);
  const status = await on.stix(["status"]);
  const shown = await on.stix(["doctor", "leaks"]);
  const strange = await on.stix(["doctor", "adopt", "nothing-here"]);
  const adopted = await on.stix(["doctor", "adopt"]);
  const after = await clusters(on);
  const queue = await jobs(on, "gang");
  for (const home of on.nodeHomes().filter((each) => each.includes("gang"))) await Bun.write(join(home, "go"), "");
  await untilJob(on, "gang", 2, "SUCCEEDED");
  const logs = await on.stix(["logs", "gang", "2"]);
  const executed = await on.stix(["exec", "gang", "--num-nodes", "2", "echo now $SKYPILOT_NODE_RANK"]);
  await on.ok(["start", "-y", "asleep"]);
  const woken = await on.stix(["exec", "asleep", "echo awake"]);
  const quiet = await on.stix(["status"]);

  expect(status.stdout).toContain("2 clusters have machines and no record here");
  expect(status.stdout).toContain("stix doctor adopt");
  expect(shown.stdout).toMatch(/^gang-[a-z0-9]{6}\s+gang\s+local\s+2\s+2\b/m);
  expect(shown.stdout).toMatch(/^asleep-[a-z0-9]{6}\s+asleep\s+local\s+1\s+0\b/m);
  expectClearError(strange, "no machines without a record are marked 'nothing-here'");
  expect(adopted.status, adopted.all + on.evidence()).toBe(0);
  expect(adopted.stdout).toContain("Cluster 'gang' is back: UP");
  expect(adopted.stdout).toContain("Cluster 'asleep' is back: STOPPED");
  const facts = (all: typeof before) =>
    all
      .map(({ name, status: state, autostop, resources_str, user_hash, last_creation_command }) => ({
        name,
        state,
        autostop,
        resources_str,
        user_hash,
        last_creation_command,
      }))
      .toSorted((left, right) => left.name.localeCompare(right.name));
  expect(facts(after)).toEqual(facts(before));
  expect(queue.map((job) => job.status)).toEqual(["RUNNING", "SUCCEEDED"]);
  expect(outputLines(logs.stdout), logs.all).toEqual(["went on", "went on"]);
  expect(outputLines(executed.stdout).sort(), executed.all + on.evidence()).toEqual(["now 0", "now 1"]);
  expect(outputLines(woken.stdout), woken.all + on.evidence()).toEqual(["awake"]);
  expect(quiet.stdout).not.toContain("no record");
});

test("what nobody wants back is removed by one command; a taken name is told with the way out; old nodes are taken back too", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "same", "--infra", "local", "sleep 600"]);
  await on.ok(["launch", "-y", "-d", "-c", "gone", "--infra", "local", "sleep 600"]);
  await untilJob(on, "gone", 1, "RUNNING");
  await loseDatabase(on);
  const [same, gone] = ["same", "gone"].map(
    (name) => readdirSync(join(on.state, "local")).find((folder) => folder.startsWith(`${name}-`)) ?? "",
  ) as [string, string];
  // A controller from before clusters carried their facts left none.
  rmSync(join(on.state, "local", same, "n0/agent/cluster.json"));
  await on.ok(["launch", "-y", "-c", "same", "--infra", "local", "true"]);

  const removed = await on.stix(["doctor", "leaks", "--remove", gone, "-y"]);
  const left = on.processes().filter((each) => each.node?.startsWith(gone) === true);
  const taken = await on.stix(["doctor", "adopt", same]);
  const renamed = await on.stix(["doctor", "adopt", same, "--name", "other"]);
  const queue = await jobs(on, "other");

  expect(removed.status, removed.all).toBe(0);
  expect(left).toEqual([]);
  expectClearError(taken, "another cluster is called 'same'");
  expect(taken.stderr).toContain(`stix doctor adopt ${same} --name`);
  expect(renamed.status, renamed.all + on.evidence()).toBe(0);
  expect(renamed.stdout).toContain("are not known");
  expect(queue.map((job) => job.status)).toEqual(["RUNNING"]);
  expect((await clusters(on)).map((cluster) => cluster.name).sort()).toEqual(["other", "same"]);
});
