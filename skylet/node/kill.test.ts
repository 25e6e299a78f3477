// A cancelled launch is dead, whatever it did to get away; real processes, no control group, as on a plain user's machine.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellReaper } from "./shell-texts.ts";
import { eventually, nodeBench, processesNaming, sleepersOf } from "#test/skylet/node-bench.ts";

setDefaultTimeout(60_000);

/** Two parents that end, a session, files and an environment of its own: nothing on it tells whose it is, but for its words. */
const runaway = (seconds: string) =>
  `(setsid env -i /bin/bash -c '(/bin/bash -c "exec 0<&- 1>&- 2>&-; cd /; exec -a \\"$0\\" sleep ${seconds}" &)' "$ROOT/sleeper-${seconds}" &)`;

test("one who left parents, session, files and environment behind dies with his job, and only with his", async () => {
  await using on = nodeBench();
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
  await using on = nodeBench();
  on.start(1, `${runaway("20001")}\n${runaway("20002")}\nuntil [ -e "$ROOT/go" ]; do sleep 0.02; done; exit 7`, {
    phase: "setup",
  });
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
  await using on = nodeBench();
  on.start(1, `${runaway("30001")}\nsleep 1000`);
  await eventually("it got away", () => sleepersOf(on.root).length === 1);

  await on.again().kill(1, 1, 0);

  expect(sleepersOf(on.root)).toEqual([]);
});

test("a script that kills the one who watches it ends as killed, with all it started", async () => {
  await using on = nodeBench();
  on.start(
    1,
    'bash -c \'exec -a "$ROOT/sleeper-1" sleep 1000\' &\nkill -9 $PPID\nexec -a "$ROOT/sleeper-2" sleep 1000',
  );

  expect(await on.exitOf(1)).toBe(137);
  expect(sleepersOf(on.root)).toEqual([]);
});

test("a script that stops the one who watches it is cancelled all the same", async () => {
  await using on = nodeBench();
  on.start(1, `kill -STOP $PPID\n${runaway("40001")}\nsleep 1000`);
  await eventually("it got away", () => sleepersOf(on.root).length === 1);

  await on.jobs.kill(1, 1, 0);

  expect(sleepersOf(on.root)).toEqual([]);
  expect(await on.exitOf(1)).toBeGreaterThan(128);
});

test("a storm of forks does not outrun the kill", async () => {
  await using on = nodeBench();
  const storm = `for each in 1 2 3; do while :; do (setsid env -i /bin/bash -c 'exec -a "$0" sleep 50000' "$ROOT/sleeper-storm" &); done & done\nwait`;
  on.start(1, storm);
  await eventually("the storm blows", () => sleepersOf(on.root).length > 20);

  await on.jobs.kill(1, 1, 0);

  expect(sleepersOf(on.root)).toEqual([]);
  expect(processesNaming(on.root)).toEqual([]);
});

test("one who forks and ends all the time, so that no look at the table finds him, dies too", async () => {
  await using on = nodeBench();
  on.start(1, 'hop() { echo >>"$ROOT/hops"; hop & }\nhop\nexit 0');
  await on.exitOf(1);
  await eventually(
    "it hops",
    () => existsSync(join(on.root, "hops")) && readFileSync(join(on.root, "hops")).length > 50,
  );

  await on.jobs.kill(1, 1, 0);

  const hops = readFileSync(join(on.root, "hops")).length;
  await Bun.sleep(100);
  expect(readFileSync(join(on.root, "hops")).length).toBe(hops);
});

test("where there is no such program a shell notes and runs the same", () => {
  const folder = mkdtempSync(join(tmpdir(), "stix-shell-reaper-"));
  const [text, notes, forbidden] = ["reap.sh", "notes", "forbidden"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(text, shellReaper);
  const run = () =>
    Bun.spawnSync(["/bin/sh", text, notes, forbidden, "/bin/sh", "-c", 'echo "$0"; exit 7', "two words"]);

  const ran = run();
  const noted = readFileSync(notes, "utf8");
  writeFileSync(forbidden, "");
  const refused = run();
  rmSync(folder, { recursive: true });

  expect([ran.exitCode, ran.stdout.toString(), noted]).toEqual([7, "two words\n", "\n7\n"]);
  expect([refused.exitCode, refused.stdout.toString()]).toEqual([137, ""]);
});
