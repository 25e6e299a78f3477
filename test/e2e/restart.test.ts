// Everything but the job may die and come back, in any order; nothing is done twice and nothing is forgotten.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clusters, jobState, jobs, outputLines, untilJob } from "./answers.ts";
import { Deployment, until } from "./harness.ts";

setDefaultTimeout(240_000);

const waiting =
  'echo "start $SKYPILOT_INTERNAL_JOB_ID $SKYPILOT_NODE_RANK" >> ~/ledger; until [ -e ~/go ]; do sleep 0.1; done; echo done';

/** Every start of a rank that was written down on any node. */
function ledger(on: Deployment): string[] {
  return on
    .nodeHomes()
    .flatMap((home) => {
      const file = join(home, "ledger");
      return existsSync(file)
        ? readFileSync(file, "utf8")
            .split("\n")
            .filter((line) => line !== "")
        : [];
    })
    .sort();
}

test("a running gang lives through the death of all its machinery in four orders, and ends well, started once", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "r", "--infra", "local", "--num-nodes", "2", waiting]);
  await untilJob(on, "r", 1, "RUNNING");
  await until(
    "both ranks wrote their start",
    () => ledger(on).length === 2,
    20_000,
    () => on.evidence(),
  );

  const orders = [
    ["server", "hub", "bus", "skylet"],
    ["skylet", "bus", "hub", "server"],
    ["bus", "server", "skylet", "hub"],
    ["hub", "skylet", "server", "bus"],
  ] as const;
  const states: string[] = [];
  for (const order of orders) {
    for (const role of order) await on.kill(role);
    await on.ok(["status"]);
    await untilJob(on, "r", 1, "RUNNING");
    states.push(await jobState(on, "r", 1));
  }
  const during = await on.stix(["exec", "r", "--num-nodes", "2", "echo second job $SKYPILOT_NODE_RANK"]);
  for (const home of on.nodeHomes()) await Bun.write(join(home, "go"), "");
  await untilJob(on, "r", 1, "SUCCEEDED");

  expect(states.map((state) => state.replace("JobStatus.", ""))).toEqual(["RUNNING", "RUNNING", "RUNNING", "RUNNING"]);
  expect(outputLines(during.stdout).sort(), during.all + on.evidence()).toEqual(["second job 0", "second job 1"]);
  expect(ledger(on)).toEqual(["start 1 0", "start 1 1"]);
});

test("a server killed at any moment of a launch finishes it after its restart, and the client sees one whole launch", async () => {
  await using on = new Deployment();
  await on.ok(["api", "start"]);

  for (const [at, delayMs] of [20, 120, 250, 400, 700].entries()) {
    const name = `k${at}`;
    await using launch = on.start([
      "launch",
      "-y",
      "-c",
      name,
      "--infra",
      "local",
      "echo ran >> ~/ledger; echo output of it",
    ]);
    await Bun.sleep(delayMs); // The moment is the subject of the test; there is no event to wait for.
    await on.kill("server");
    const ended = await launch.ended();
    const queue = await jobs(on, name);

    expect(ended.status, `killed after ${delayMs} ms\n${ended.all}${on.evidence()}`).toBe(0);
    expect(outputLines(ended.stdout), `killed after ${delayMs} ms\n${ended.all}`).toEqual(["output of it"]);
    expect(queue.length, `killed after ${delayMs} ms`).toBe(1);
  }
  expect(ledger(on)).toEqual(["ran", "ran", "ran", "ran", "ran"]);
  expect((await clusters(on)).map((cluster) => cluster.status)).toEqual(["UP", "UP", "UP", "UP", "UP"]);
});

test("a node that dies as a whole is noticed: its job does not stay RUNNING, and start brings the cluster back", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "r", "--infra", "local", "--num-nodes", "2", waiting]);
  await untilJob(on, "r", 1, "RUNNING");

  await on.kill("supervisor", "n1");
  for (const each of on.processes().filter((found) => found.node?.endsWith("/n1") === true))
    process.kill(each.pid, "SIGKILL");
  await until(
    "the cluster is no longer called up",
    async () => (await clusters(on))[0]?.status !== "UP",
    90_000,
    () => on.evidence(),
  );
  await on.ok(["start", "-y", "r"]);
  const again = await on.stix(["exec", "r", "--num-nodes", "2", "echo back $SKYPILOT_NODE_RANK"]);
  const first = await jobState(on, "r", 1);

  expect(outputLines(again.stdout).sort(), again.all + on.evidence()).toEqual(["back 0", "back 1"]);
  expect(first).not.toContain("RUNNING");
});

test("jobs go on and end while nobody of the controller lives", async () => {
  await using on = new Deployment();
  await on.ok([
    "launch",
    "-y",
    "-d",
    "-c",
    "r",
    "--infra",
    "local",
    "--num-nodes",
    "2",
    "sleep 2; echo ended > ~/proof",
  ]);
  await untilJob(on, "r", 1, "RUNNING");

  await on.kill("server");
  await on.kill("hub");
  await until("the job ends", () => on.nodeHomes().every((home) => existsSync(join(home, "proof"))), 30_000);

  await untilJob(on, "r", 1, "SUCCEEDED");
});
