// A user who may make no control group: cancelled, stopped and removed mean dead all the same, whatever a job did to get away.
import { commandOf } from "#shared/os/proc.ts";
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jobState, untilJob } from "./answers.ts";
import { Deployment, until } from "./harness.ts";
import { isAlive } from "./processes.ts";

setDefaultTimeout(240_000);

/**
 * Forks twice, makes a session of its own, leaves its folder, closes every file and begins again with an empty environment:
 * only its name tells us, and nobody else, whose it is.
 */
const flee = (name: string) =>
  `(setsid /bin/bash -c '(cd /; for file in /proc/self/fd/*; do eval "exec \${file##*/}>&-"; done; exec env -i /bin/bash -c "exec -a \\"\\$0\\" sleep 900" "$0-\${SKYPILOT_NODE_RANK-s}") &' '${name}' &)`;

/** Numbers of the living that call themselves so. */
function fled(name: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => isAlive(pid) && commandOf(pid).startsWith(`${name}-`));
}

/** The control groups of all nodes: null, or this test proves less than it says. */
function controlGroups(on: Deployment): unknown[] {
  return on
    .nodeHomes()
    .map((home) => (JSON.parse(readFileSync(join(home, "../supervisor.json"), "utf8")) as { cgroup: unknown }).cgroup);
}

test("both ranks of a cancelled job are dead with all that fled, another job's are not, and a killed agent changes nothing", async () => {
  await using on = new Deployment({ asPlainUser: true });
  const [one, two] = [join(on.root, "one"), join(on.root, "two")];
  const task = (name: string) => on.file("flee.yaml", `num_nodes: 2\nrun: |\n  ${flee(name)}\n  sleep 30000\n`);
  await on.ok(["launch", "-y", "-d", "-c", "c", "--infra", "local", task(one)]);
  await on.ok(["exec", "-d", "c", task(two)]);
  await until(
    "four processes fled",
    () => fled(one).length === 2 && fled(two).length === 2,
    60_000,
    () => on.evidence(),
  );

  await on.ok(["cancel", "-y", "c", "1"]);
  await untilJob(on, "c", 1, "CANCELLED");
  const afterFirst = [fled(one).length, fled(two).length];
  await on.kill("skylet");
  const second = await on.stix(["cancel", "-y", "c", "2"]);
  await untilJob(on, "c", 2, "CANCELLED");

  expect(controlGroups(on)).toEqual([null, null]);
  expect(afterFirst).toEqual([0, 2]);
  expect(second.status, second.all).toBe(0);
  expect(fled(two)).toEqual([]);
});

test("a job that kills the one who watches it, and the agent too, has ended when all it started is dead", async () => {
  await using on = new Deployment({ asPlainUser: true });
  const [alone, both, other] = ["alone", "both", "other"].map((name) => join(on.root, name)) as [
    string,
    string,
    string,
  ];
  const sleeping = 'exec -a "$HOME/stays" sleep 30000';
  await on.ok([
    "launch",
    "-y",
    "-d",
    "-c",
    "c",
    "--infra",
    "local",
    on.file("other.yaml", `run: |\n  ${flee(other)}\n  sleep 30000\n`),
  ]);
  await until(
    "one process fled",
    () => fled(other).length === 1,
    30_000,
    () => on.evidence(),
  );
  const killer = (name: string, kill: string) =>
    on.file(
      "kill.yaml",
      `run: |\n  ${flee(name)}\n  until grep -qs ${name}- /proc/[0-9]*/cmdline; do sleep 0.05; done\n  ${kill}\n  ${sleeping}\n`,
    );

  await on.stix(["exec", "-d", "c", killer(alone, "kill -9 $PPID")]);
  await untilJob(on, "c", 2, "FAILED");
  const leftAlone = fled(alone);
  await on.stix([
    "exec",
    "-d",
    "c",
    killer(both, "read -r pid name state skylet rest < /proc/$PPID/stat; kill -9 $PPID $skylet"),
  ]);
  await untilJob(on, "c", 3, "FAILED");

  expect([leftAlone, fled(both)]).toEqual([[], []]);
  expect(on.processes().filter((each) => each.command.includes("/stays"))).toEqual([]);
  expect([await jobState(on, "c", 1), fled(other).length]).toEqual(["RUNNING", 1]);
});

test("stop and down end what fled, what ended jobs left behind, and who forks faster than he can be counted, the supervisor dead", async () => {
  await using on = new Deployment({ asPlainUser: true });
  const [left, storm] = [join(on.root, "left"), join(on.root, "storm")];
  await on.ok([
    "launch",
    "-y",
    "-c",
    "c",
    "--infra",
    "local",
    on.file("left.yaml", `setup: |\n  ${flee(left)}\nrun: |\n  ${flee(left)}\n`),
  ]);
  await until(
    "two processes are left",
    () => fled(left).length === 2,
    30_000,
    () => on.evidence(),
  );

  await on.ok(["stop", "-y", "c"]);
  const afterStop = [fled(left), on.processes().filter((each) => each.node !== null)];
  await on.ok(["start", "-y", "c"]);
  await on.ok([
    "exec",
    "-d",
    "c",
    on.file(
      "storm.yaml",
      `run: |\n  while [ ! -e ~/stop-storm ]; do ${flee(storm)}; done &\n  hop() { echo >> ~/hops; hop & }\n  hop\n  wait\n`,
    ),
  ]);
  await until(
    "the storm blows",
    () => fled(storm).length > 20,
    60_000,
    () => on.evidence(),
  );
  const supervisors = await on.kill("supervisor");
  const hopper = on.processes().find((each) => each.command.includes("run.sh"))?.pid ?? 0;
  await on.ok(["down", "-y", "c"]);

  expect(afterStop).toEqual([[], []]);
  expect(supervisors).toBe(1);
  expect(fled(storm)).toEqual([]);
  expect(isAlive(hopper)).toBe(false);
});
