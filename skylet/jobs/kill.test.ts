// A cancelled launch is dead, whatever it did to get away; real processes, no control group, as on a plain user's machine.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realClock } from "#shared/clock.ts";
import { createNodeJobs, type NodeJobs } from "./node-jobs.ts";
import type { StartOrder } from "./orders.ts";

setDefaultTimeout(60_000);

interface Bench extends AsyncDisposable {
  readonly root: string;
  readonly jobs: NodeJobs;
  /** Starts a script as rank 0 of job `jid`, first attempt. */
  start(jid: number, script: string, phase?: "setup" | "run"): void;
  /** The exit code of job `jid`'s launch, when it was told. */
  exitOf(jid: number, phase?: "setup" | "run"): Promise<number>;
  /** Another agent for the same folder, as after a crash of the first. */
  again(): NodeJobs;
}

function bench(): Bench {
  const root = mkdtempSync(join(tmpdir(), "stix-kill-"));
  const cid = `t-${Math.random().toString(36).slice(2)}`;
  const home = join(root, "home");
  mkdirSync(home);
  const ends = new Map<string, PromiseWithResolvers<number>>();
  const endOf = (name: string) => {
    const end = ends.get(name) ?? Promise.withResolvers<number>();
    ends.set(name, end);
    return end;
  };
  const create = () => createNodeJobs({
    jobsFolder: join(root, "jobs"), shellFolder: join(root, "shell"), nodeName: "head", singleNode: true, cgroup: null, supervisor: null, clock: realClock(),
    node: { cid, nid: "n0", home, deviceCount: 0, agentEnv: { PATH: process.env["PATH"] } },
    log: () => undefined,
    onExit: (key, code) => endOf(`${key.jid}/${key.phase}`).resolve(code),
  });
  const jobs = create();
  const made = [jobs];
  return {
    root, jobs,
    start: (jid, script, phase = "run") => {
      const order: StartOrder = {
        jid, attempt: 1, phase, jobName: null, script, envs: { ROOT: root }, secrets: {}, taskId: "t", clusterInfo: "{}", user: "me", numNodes: 1, gpusPerNode: 0,
        ips: ["127.0.0.1"], launches: [{ nid: "n0", index: 0, devices: [] }],
      };
      expect(jobs.start(order).get(0)).toMatchObject({ is: "running" });
    },
    exitOf: (jid, phase = "run") => endOf(`${jid}/${phase}`).promise,
    again: () => {
      const other = create();
      made.push(other);
      return other;
    },
    [Symbol.asyncDispose]: async () => {
      await jobs.killEverything();
      for (const each of made) each.stop();
      for (const pid of sleepersOf(root)) process.kill(pid, "SIGKILL");
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Two parents that end, a session, files and an environment of its own: nothing on it tells whose it is, but for its words. */
const runaway = (seconds: string) => `(setsid env -i /bin/bash -c '(/bin/bash -c "exec 0<&- 1>&- 2>&-; cd /; exec -a \\"$0\\" sleep ${seconds}" &)' "$ROOT/sleeper-${seconds}" &)`;

/** Living processes whose command line names the folder and that are sleepers. */
function sleepersOf(root: string, name = "sleeper-"): number[] {
  return readdirSync("/proc").map(Number).filter((pid) => pid > 0 && commandLine(pid).startsWith(`${root}/${name}`));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

async function eventually(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`it never held that ${what}`);
    await Bun.sleep(5);
  }
}

test("one who left parents, session, files and environment behind dies with his job, and only with his", async () => {
  await using on = bench();
  for (const jid of [1, 2, 3]) on.start(jid, `${runaway(`1000${jid}`)}\nsleep 1000`);
  await eventually("all three got away", () => sleepersOf(on.root).length === 3);

  await on.jobs.kill(2, 1, 200);

  expect(sleepersOf(on.root, "sleeper-10002")).toEqual([]);
  expect([sleepersOf(on.root, "sleeper-10001").length, sleepersOf(on.root, "sleeper-10003").length]).toEqual([1, 1]);
  expect(await on.exitOf(2)).toBeGreaterThan(128);
  await on.jobs.killEverything();
  expect(sleepersOf(on.root)).toEqual([]);
});

test("what a script leaves behind lives on, its end is told at once, and it dies when the attempt is killed", async () => {
  await using on = bench();
  on.start(1, `${runaway("20001")}\n${runaway("20002")}\nuntil [ -e "$ROOT/go" ]; do sleep 0.02; done; exit 7`, "setup");
  await eventually("both got away", () => sleepersOf(on.root).length === 2);
  await Bun.write(join(on.root, "go"), "");

  const code = await on.exitOf(1, "setup");
  const left = sleepersOf(on.root).length;
  on.start(1, "sleep 1000");
  await on.jobs.kill(1, 1, 0);

  expect([code, left]).toEqual([7, 2]);
  expect(sleepersOf(on.root)).toEqual([]);
});

test("an agent that comes later finds them too", async () => {
  await using on = bench();
  on.start(1, `${runaway("30001")}\nsleep 1000`);
  await eventually("it got away", () => sleepersOf(on.root).length === 1);

  await on.again().kill(1, 1, 0);

  expect(sleepersOf(on.root)).toEqual([]);
});

test("a script that kills the one who watches it ends as killed, with all it started", async () => {
  await using on = bench();
  on.start(1, 'bash -c \'exec -a "$ROOT/sleeper-1" sleep 1000\' &\nkill -9 $PPID\nexec -a "$ROOT/sleeper-2" sleep 1000');

  expect(await on.exitOf(1)).toBe(137);
  expect(sleepersOf(on.root)).toEqual([]);
});

test("a script that stops the one who watches it is cancelled all the same", async () => {
  await using on = bench();
  on.start(1, `kill -STOP $PPID\n${runaway("40001")}\nsleep 1000`);
  await eventually("it got away", () => sleepersOf(on.root).length === 1);

  await on.jobs.kill(1, 1, 0);

  expect(sleepersOf(on.root)).toEqual([]);
  expect(await on.exitOf(1)).toBeGreaterThan(128);
});

test("a storm of forks does not outrun the kill", async () => {
  await using on = bench();
  const storm = `for each in 1 2 3; do while :; do (setsid env -i /bin/bash -c 'exec -a "$0" sleep 50000' "$ROOT/sleeper-storm" &); done & done\nwait`;
  on.start(1, storm);
  await eventually("the storm blows", () => sleepersOf(on.root).length > 20);

  await on.jobs.kill(1, 1, 0);

  expect(sleepersOf(on.root)).toEqual([]);
  expect(processesNaming(on.root)).toEqual([]);
});

test("one who forks and ends all the time, so that no look at the table finds him, dies too", async () => {
  await using on = bench();
  on.start(1, 'hop() { echo >>"$ROOT/hops"; hop & }\nhop\nexit 0');
  await on.exitOf(1);
  await eventually("it hops", () => existsSync(join(on.root, "hops")) && readFileSync(join(on.root, "hops")).length > 50);

  await on.jobs.kill(1, 1, 0);

  const hops = readFileSync(join(on.root, "hops")).length;
  await Bun.sleep(100);
  expect(readFileSync(join(on.root, "hops")).length).toBe(hops);
});

function processesNaming(root: string): string[] {
  return readdirSync("/proc").map(Number).filter((pid) => pid > 0 && pid !== process.pid).map(commandLine).filter((line) => line.includes(root));
}
