// Idle clusters stop themselves, to the second, and busy ones do not; the clock is moved, nobody waits for minutes.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { agentFiles } from "#shared/wire/node-config.ts";
import { clusters, jobs, jobState, untilCluster, untilJob } from "./answers.ts";
import { Deployment, until } from "./harness.ts";

setDefaultTimeout(180_000);

/** Seconds between the end of the newest job and the moment the head decided to stop, as the moved clock counts. */
async function idleSeconds(on: Deployment, offsetMs: number, endedAtMs: number): Promise<number> {
  const marker = join(on.nodeHomes()[0] ?? "", "../agent", agentFiles.autostopMarker);
  await until(
    "the head decides to stop",
    () => existsSync(marker),
    30_000,
    () => on.evidence(),
  );
  return (statSync(marker).mtimeMs + offsetMs - endedAtMs) / 1000;
}

/** When the newest job ended, in the time of the node. */
async function endOfNewest(on: Deployment, cluster: string): Promise<number> {
  const [job] = await jobs(on, cluster);
  return z.looseObject({ end_at: z.number() }).parse(job).end_at * 1000;
}

test("a cluster stops one minute after its last job, not a second sooner, and starts again with its disk", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-c", "a", "--infra", "local", "-i", "1", "--wait-for", "jobs", "echo kept > ~/file"]);
  const endedAtMs = await endOfNewest(on, "a");

  // Three seconds before the minute is over: it must still be up, and decide by itself when the minute is full.
  const offsetMs = Math.round(endedAtMs + 57_000 - Date.now());
  on.moveClock(offsetMs);
  const seconds = await idleSeconds(on, offsetMs, endedAtMs);
  await untilCluster(on, "a", "STOPPED");
  const left = on.processes().filter((each) => each.node !== null);
  await on.ok(["start", "-y", "a"]);
  const kept = await on.ok(["exec", "a", "cat ~/file"]);

  expect(seconds).toBeGreaterThanOrEqual(60);
  expect(seconds).toBeLessThan(62);
  expect(left).toEqual([]);
  expect(kept).toContain("kept");
});

test("autodown of a gang removes every node and the row, though server and hub were dead when it fell due", async () => {
  await using on = new Deployment();
  await on.ok([
    "launch",
    "-y",
    "-c",
    "a",
    "--infra",
    "local",
    "--num-nodes",
    "2",
    "-i",
    "1",
    "--down",
    "--wait-for",
    "jobs",
    "true",
  ]);
  const endedAtMs = await endOfNewest(on, "a");
  await on.kill("server");
  await on.kill("hub");

  on.moveClock(Math.round(endedAtMs + 61_000 - Date.now()));
  await until(
    "the cluster ends its own processes",
    () => on.processes("skylet").length === 0 && on.processes("supervisor").length === 0,
    60_000,
    () => on.evidence(),
  );
  await until(
    "the row is gone",
    async () => (await clusters(on)).length === 0,
    60_000,
    () => on.evidence(),
  );

  await on.expectOnlyControlPlane();
});

test("a job that runs keeps the cluster up however long, with wait_for none it does not, and cancel forgets the timer", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "busy", "--infra", "local", "-i", "1", "--wait-for", "jobs", "sleep 600"]);
  await on.ok(["launch", "-y", "-d", "-c", "timed", "--infra", "local", "-i", "1", "--wait-for", "none", "sleep 600"]);
  await on.ok(["launch", "-y", "-c", "freed", "--infra", "local", "-i", "1", "--wait-for", "jobs", "true"]);
  await on.ok(["autostop", "-y", "freed", "--cancel"]);
  await untilJob(on, "busy", 1, "RUNNING");

  on.moveClock(10 * 60_000);
  await untilCluster(on, "timed", "STOPPED");
  const states = Object.fromEntries((await clusters(on)).map((cluster) => [cluster.name, cluster.status]));
  const busy = await jobState(on, "busy", 1);

  expect(states).toEqual({ busy: "UP", timed: "STOPPED", freed: "UP" });
  expect(busy).toContain("RUNNING");
});
