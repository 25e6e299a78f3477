// The compiled command line as a program among others: under another name, in pipes, under Ctrl-C.
import { expect, setDefaultTimeout, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { jobState, outputLines, untilJob } from "./answers.ts";
import { Deployment, stixProgram } from "./harness.ts";
import { signal } from "./processes.ts";

setDefaultTimeout(120_000);

test("called by the name sky it does the same and speaks of itself as sky", async () => {
  await using on = new Deployment();
  const sky = join(on.root, "sky");
  symlinkSync(stixProgram, sky);

  const launched = Bun.spawnSync([sky, "launch", "-y", "-c", "s", "--infra", "local", "echo by another name"], {
    env: on.env,
    cwd: on.work,
  });
  const help = Bun.spawnSync([sky, "exec", "--help"], { env: on.env, cwd: on.work });
  const wrong = Bun.spawnSync([sky, "exec", "absent", "true"], { env: on.env, cwd: on.work });

  expect(outputLines(launched.stdout.toString())).toEqual(["by another name"]);
  expect(launched.stdout.toString()).toContain("sky logs s 1");
  expect(help.stdout.toString()).toStartWith("Usage: sky exec ");
  expect(wrong.stderr.toString()).toContain("try: sky status");
});

test("a reader that leaves ends the command, and output goes whole through a pipe to one that stays", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "p", "--infra", "local", "seq 1 200000"]);
  await untilJob(on, "p", 1, "SUCCEEDED");
  const inShell = (line: string) =>
    Bun.spawnSync(["bash", "-c", `set -o pipefail; ${line}`], { env: { ...on.env, STIX: stixProgram }, cwd: on.work });

  const left = inShell("$STIX logs p 1 --tail 0 2>/dev/null | head -n 1; echo ${PIPESTATUS[0]}");
  const stayed = inShell("$STIX logs p 1 --tail 0 2>/dev/null | grep -c 'pid='");

  expect(left.stdout.toString().trim().split("\n").slice(-1)).toEqual(["141"]);
  expect(stayed.stdout.toString().trim()).toBe("200000");
});

test("Ctrl-C leaves the job running and says how to come back", async () => {
  await using on = new Deployment();
  await using follower = on.start(["launch", "-y", "-c", "c", "--infra", "local", "echo begun; sleep 300"]);
  await follower.waitFor(/pid=\d+\) begun/);

  signal(follower.pid, "SIGINT");
  const ended = await follower.ended(10_000);
  const state = await jobState(on, "c", 1);

  expect(ended.status, ended.all).toBe(130);
  expect(ended.stderr).toContain("stix logs c 1");
  expect(ended.stderr).toContain("stix cancel c 1");
  expect(state).toBe("RUNNING");
});

test("with -o json the standard output is one document, also when it went wrong", async () => {
  await using on = new Deployment();

  const status = await on.stix(["status", "-o", "json"]);
  const refused = await on.stix(["queue", "absent", "--strict", "-o", "json"]);
  const planned = await on.stix(["launch", "--dryrun", "--infra", "local", "true", "-o", "json"]);

  expect(JSON.parse(status.stdout)).toEqual([]);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: "cluster-not-found" } });
  expect(refused.status).toBe(1);
  expect(JSON.parse(planned.stdout)).toMatchObject({ tasks: [{ cloud: "local" }] });
});
