// Which server a command speaks with: its own folder's and user's, or none.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { clusters } from "./answers.ts";
import { expectClearError } from "./clear-error.ts";
import { Deployment, stixProgram, type Ended } from "./harness.ts";
import { otherUser } from "./other-user.ts";

setDefaultTimeout(180_000);

test("a command of another state folder is refused by the server on its port, and removes nothing", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "kept", "--infra", "local", "true"]);
  const elsewhere = { STIX_HOME: join(on.root, "elsewhere") };

  for (const words of [
    ["status"],
    ["down", "-y", "kept"],
    ["queue", "kept"],
    ["exec", "kept", "true"],
    ["launch", "-y", "-c", "kept", "true"],
    ["api", "status"],
    ["api", "start"],
  ]) {
    const refused = await on.stix(words, { env: elsewhere });
    expectClearError(
      refused,
      `port ${on.port} is in use by the API server of the state folder ${on.state}, and this command's folder is ${elsewhere.STIX_HOME}`,
    );
    expect(refused.stderr).toContain(`STIX_HOME=${on.state}`);
    expect(refused.stderr).toContain("STIX_API_PORT=");
  }
  // A server file of its own that has gone stale changes nothing.
  mkdirSync(elsewhere.STIX_HOME, { recursive: true });
  cpSync(join(on.state, "server.json"), join(elsewhere.STIX_HOME, "server.json"));
  expectClearError(await on.stix(["down", "-y", "-a"], { env: elsewhere }), "this command's folder is");

  expect((await clusters(on)).map((cluster) => cluster.name)).toEqual(["kept"]);
});

test("the same folder by another name is the same, and a server that was named is used whatever its folder", async () => {
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  const link = join(on.root, "link");
  symlinkSync(on.state, link);

  const byLink = await on.stix(["status"], { env: { STIX_HOME: link } });
  const relative = await on.stix(["status"], { env: { STIX_HOME: "../state" } });
  const named = await on.stix(["status"], {
    env: { STIX_HOME: join(on.root, "elsewhere"), STIX_API_SERVER_ENDPOINT: `http://127.0.0.1:${on.port}` },
  });

  expect([byLink.status, relative.status, named.status], byLink.all + relative.all + named.all).toEqual([0, 0, 0]);
});

test("a relative STIX_HOME works from where it was typed, and its server from anywhere", async () => {
  await using on = new Deployment();

  const first = await on.stix(["launch", "-y", "-c", "r", "--infra", "local", "echo here"], {
    env: { STIX_HOME: "../state" },
  });
  const afterwards = await clusters(on);

  expect(first.status, first.all).toBe(0);
  expect(afterwards.map((cluster) => cluster.name)).toEqual(["r"]);
  expect(readdirSync(on.work)).toEqual([]);
});

test("without HOME nothing is made at the root of the file system", async () => {
  await using on = new Deployment();
  const without = (words: readonly string[], env: Record<string, string>): Ended => {
    const { HOME: _home, STIX_HOME: _state, ...rest } = on.env;
    const ended = Bun.spawnSync([stixProgram, ...words], { env: { ...rest, ...env }, cwd: on.work });
    const [stdout, stderr] = [ended.stdout.toString(), ended.stderr.toString()];
    return { status: ended.exitCode, stdout, stderr, all: stdout + stderr };
  };
  const before = readdirSync("/");

  for (const env of [{}, { HOME: "" }, { STIX_HOME: "" }] as Record<string, string>[])
    expectClearError(without(["status"], env), "HOME is not set");
  const help = without(["--help"], {});
  const byFolder = without(["status"], { STIX_HOME: on.state });
  const logs = without(["logs", "absent", "--sync-down"], { STIX_HOME: on.state });

  expect(help.status, help.all).toBe(0);
  expect(byFolder.status, byFolder.all).toBe(0);
  expectClearError(logs, "HOME is not set");
  expect(readdirSync("/")).toEqual(before);
});

test("options of a start that cannot be had any more are named, and another port is not taken in silence", async () => {
  await using on = new Deployment();
  await on.ok(["api", "start"]);

  const host = await on.stix(["api", "start", "--host", "localhost"]);
  const port = await on.stix(["api", "start", "--port", String(on.port + 1)]);
  const moved = await on.stix(["status"], { env: { STIX_API_PORT: String(on.port + 1) }, timeoutMs: 20_000 });

  expect([host.status, port.status], host.all + port.all).toEqual([0, 0]);
  expect(host.stderr).toContain("--host localhost has no effect on a server that runs");
  expect(port.stderr).toContain(`--port ${on.port + 1} has no effect on a server that runs`);
  expectClearError(moved, `listens on port ${on.port}`, 2);
});

test("another user's server is named as his", async () => {
  const stranger = otherUser();
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  const folder = join(on.root, "stranger");
  mkdirSync(folder);
  chmodSync(on.root, 0o755);
  chmodSync(folder, 0o777);

  const { status, output } = await stranger.run([
    "env",
    `STIX_HOME=${folder}/state`,
    `STIX_API_PORT=${on.port}`,
    stixProgram,
    "status",
  ]);

  expectClearError(
    { status, stdout: "", stderr: output, all: output },
    `port ${on.port} is in use by a server of another user (root)`,
  );
  expect(existsSync(join(folder, "state/state.db"))).toBe(false);
});
