// A server that answers nothing: who waits is told within three seconds, and what he is told to type cures it.
import { expect, setDefaultTimeout, test } from "bun:test";
import { jobState, untilJob } from "./answers.ts";
import { expectClearError } from "./clear-error.ts";
import { Deployment, until, type Following } from "./harness.ts";
import { isAlive, signal } from "./processes.ts";

setDefaultTimeout(240_000);

/** Three seconds on a machine without other work. */
const TOLD_WITHIN_MS = 6_000;
const AT_ONCE = 4;
const LIMIT_MS = 20_000;

function serverOf(on: Deployment): number {
  const [server] = on.processes("server");
  if (server === undefined) throw new Error("no server runs");
  return server.pid;
}

test("every command on a suspended server says so within three seconds, does nothing, and names what wakes it", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "f", "--infra", "local", "sleep 300"]);
  const pid = serverOf(on);
  signal(pid, "SIGSTOP");

  const commands = [
    "status",
    "queue f",
    "exec f true",
    "exec -d f true",
    "logs f",
    "launch -y -c f true",
    "down -y f",
    "cancel -y f 1",
    "api status",
    "events",
    "check",
  ];
  while (commands.length > 0) {
    await Promise.all(
      commands.splice(0, AT_ONCE).map(async (words) => {
        const startedAt = performance.now();
        const ended = await on.stix(words.split(" "), { timeoutMs: LIMIT_MS });
        expectClearError(ended, `the API server (process ${pid}) is suspended`);
        expect(ended.stderr).toContain("try: stix api start");
        expect(performance.now() - startedAt, words).toBeLessThan(TOLD_WITHIN_MS);
      }),
    );
  }
  const info = await on.stix(["api", "info"], { timeoutMs: LIMIT_MS });
  expect(info.stdout).toContain(`suspended (process ${pid}); stix api start wakes it`);

  const woken = await on.ok(["api", "start"], { timeoutMs: LIMIT_MS });

  expect(woken).toContain("was suspended and goes on");
  expect(serverOf(on)).toBe(pid);
  expect(await jobState(on, "f", 1)).toBe("RUNNING");
  expect(await jobState(on, "f", 2)).toBe("ABSENT");
});

test("a suspended server is stopped as any other", async () => {
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  const pid = serverOf(on);
  signal(pid, "SIGSTOP");

  const stopped = await on.stix(["api", "stop"], { timeoutMs: LIMIT_MS });
  const again = await on.ok(["status"]);

  expect(stopped.status, stopped.all).toBe(0);
  expect(isAlive(pid)).toBe(false);
  expect(again).toContain("No existing clusters");
});

test("a follower is told when the server is suspended under it, and can come back", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "f", "--infra", "local", "echo begun; sleep 300"]);
  await using follower = on.start(["logs", "f", "1"]);
  await follower.waitFor("begun");
  const pid = serverOf(on);

  signal(pid, "SIGSTOP");
  const ended = await follower.ended(LIMIT_MS);
  await on.ok(["api", "start"]);

  expectClearError(ended, `the API server (process ${pid}) is suspended`);
  expect(await untilJob(on, "f", 1, "RUNNING")).toBe("RUNNING");
});

/** Loaded into the server before it begins: at SIGUSR2 it does nothing else for so many milliseconds, as one deep in work. */
const deepInWork = (ms: number) =>
  `process.on("SIGUSR2", () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms}));`;

async function startBusy(on: Deployment, ms: number): Promise<Following> {
  const preload = on.file("busy.js", deepInWork(ms));
  const server = on.start(["api", "start", "--foreground"], { env: { BUN_OPTIONS: `--preload=${preload}` } });
  await until("the server is ready", async () => (await on.stix(["api", "info"])).status === 0, 60_000);
  return server;
}

test("a server that may only be slow is waited for, with words on the standard error", async () => {
  await using on = new Deployment();
  await using _server = await startBusy(on, 9_000);
  const pid = serverOf(on);
  await on.ok(["launch", "-y", "-d", "-c", "f", "--infra", "local", "echo begun; sleep 300"]);
  await using stream = on.start(["logs", "f", "1"]);
  await stream.waitFor("begun");

  signal(pid, "SIGUSR2");
  const startedAt = performance.now();
  const waiting = ["status", "queue f", "exec -d f true"].map((words) => on.start(words.split(" ")));
  await until(
    "all say that they wait",
    () => waiting.every((one) => one.errors().includes("does not answer at the moment; waiting")),
    LIMIT_MS,
    () => waiting.map((one) => one.errors()).join(),
  );
  const told = performance.now() - startedAt;
  const ended = await Promise.all(waiting.map((one) => one.ended(60_000)));

  expect(told).toBeLessThan(TOLD_WITHIN_MS);
  expect(
    ended.map((one) => one.status),
    ended.map((one) => one.all).join(),
  ).toEqual([0, 0, 0]);
  expect(isAlive(stream.pid)).toBe(true);
  await untilJob(on, "f", 2, "SUCCEEDED");
});

test("a server that never answers says so to its stop, and ends by force with nothing lost", async () => {
  await using on = new Deployment();
  await using _server = await startBusy(on, 600_000);
  const pid = serverOf(on);
  await on.ok(["launch", "-y", "-d", "-c", "f", "--infra", "local", "sleep 300"]);
  signal(pid, "SIGUSR2");

  const startedAt = performance.now();
  await using softly = on.start(["api", "stop"]);
  await until(
    "the stop says that it waits",
    () => softly.errors().includes(`(process ${pid}) has not ended yet`),
    LIMIT_MS,
  );
  const told = performance.now() - startedAt;
  await using starting = on.start(["api", "start"]);
  await until(
    "the start says that it waits",
    () => starting.errors().includes("has not answered yet"),
    LIMIT_MS,
    () => starting.errors(),
  );
  const forced = await on.stix(["api", "stop", "--force"], { timeoutMs: LIMIT_MS });

  expect(told).toBeLessThan(TOLD_WITHIN_MS);
  expect(forced.status, forced.all).toBe(0);
  expect(isAlive(pid)).toBe(false);
  expect(await jobState(on, "f", 1)).toBe("RUNNING");
});
