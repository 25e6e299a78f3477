// The first thing anybody does: one task on one node, twice; then stop, start and down.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusters, jobState, outputLines, untilJob } from "./answers.ts";
import { Deployment } from "./harness.ts";
import { minimalFlow } from "./minimal-flow.ts";

setDefaultTimeout(180_000);

test("two launches on a fresh machine run jobs 1 and 2, print their output, and down leaves nothing", async () => {
  await using on = new Deployment();

  await minimalFlow(on);
});

test("a client that never says local gets the local cloud when no other is enabled, and a command needs no file", async () => {
  await using on = new Deployment();

  const launched = await on.stix(["launch", "-y", "-c", "c", "echo", "from", "words"]);
  const byName = await on.stix(["exec", "c", "echo by name"]);
  const byOption = await on.stix(["exec", "-c", "c", "echo by option"]);
  const fromFile = await on.stix(["exec", on.file("t.yaml", "run: echo from file\n"), "--cluster", "c"]);

  expect(outputLines(launched.stdout), launched.all + on.evidence()).toContain("from words");
  expect(outputLines(byName.stdout), byName.all).toContain("by name");
  expect(outputLines(byOption.stdout), byOption.all).toContain("by option");
  expect(outputLines(fromFile.stdout), fromFile.all).toContain("from file");
  expect([launched.status, byName.status, byOption.status, fromFile.status]).toEqual([0, 0, 0, 0]);
});

test("the workdir and file mounts reach the node, and environment and secrets reach the job", async () => {
  await using on = new Deployment();
  writeFileSync(join(on.work, "inside.txt"), "in the workdir\n");
  const mounted = on.file("mounted.txt", "mounted\n");
  const task = on.file(
    "files.yaml",
    `workdir: .\nfile_mounts:\n  ~/data/there.txt: ${mounted}\nenvs:\n  GREETING: hi\n  NEEDED:\nsecrets:\n  TOKEN: s3cret\nrun: |\n  cat inside.txt ~/data/there.txt\n  echo "$GREETING $NEEDED \${#TOKEN}"\n`,
  );

  const launched = await on.stix(["launch", "-y", "-c", "f", "--env", "NEEDED=given", task]);

  expect(launched.status, launched.all + on.evidence()).toBe(0);
  expect(outputLines(launched.stdout)).toEqual(["in the workdir", "mounted", "hi given 6"]);
  expect(launched.all).not.toContain("s3cret");
});

test("stop keeps what jobs wrote, start goes on with it, logs of earlier jobs included", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-c", "s", "echo kept > ~/file; echo first output"]);
  await on.ok(["exec", "-d", "s", "sleep 300"]);
  await untilJob(on, "s", 2, "RUNNING");

  await on.ok(["stop", "-y", "s"]);
  const [stopped] = await clusters(on);
  const left = on.processes().filter((each) => each.node !== null);
  const refused = await on.stix(["exec", "s", "true"]);
  await on.ok(["start", "-y", "s"]);
  const again = await on.stix(["exec", "s", "cat ~/file"]);
  const earlier = await on.stix(["logs", "s", "1", "--no-follow"]);
  const interrupted = await jobState(on, "s", 2);

  expect(interrupted).toContain("FAILED_DRIVER");
  expect(stopped).toMatchObject({ name: "s", status: "STOPPED" });
  expect(left).toEqual([]);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("stix start s");
  expect(outputLines(again.stdout), again.all + on.evidence()).toEqual(["kept"]);
  expect(outputLines(earlier.stdout), earlier.all).toContain("first output");
});

test("logs can be read by job, by state, from the end, and copied to a folder", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-c", "l", "seq 1 50"]);
  await on.stix(["exec", "l", "echo bad; exit 3"]);

  const all = await on.stix(["logs", "l", "1", "--no-follow"]);
  const tail = await on.stix(["logs", "l", "1", "--no-follow", "--tail", "3"]);
  const good = await on.stix(["logs", "l", "1", "--status"]);
  const bad = await on.stix(["logs", "l", "2", "--status"]);
  const newest = await on.stix(["logs", "l"]);
  const none = await on.stix(["logs", "l", "99", "--status"]);
  const copied = await on.stix(["logs", "l", "1", "--sync-down"]);

  expect(outputLines(all.stdout), all.all).toEqual(Array.from({ length: 50 }, (_, at) => String(at + 1)));
  expect(outputLines(tail.stdout), tail.all).toEqual(["48", "49", "50"]);
  expect([good.status, bad.status, newest.status, none.status], none.all).toEqual([0, 100, 100, 102]);
  expect(good.stdout).toContain("SUCCEEDED");
  expect(bad.stdout).toContain("FAILED");
  expect(outputLines(newest.stdout)).toContain("bad");
  expect(copied.status, copied.all).toBe(0);
  expect(existsSync(join(on.home, "sky_logs"))).toBe(true);
});
