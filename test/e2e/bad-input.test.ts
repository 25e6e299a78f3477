// Bad input of every kind: one clear error with the next command to type, and nothing half made.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clusters, jobs } from "./answers.ts";
import { expectClearError } from "./clear-error.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(180_000);

test("a task file with a fault is refused with its place, and no cluster is made", async () => {
  await using on = new Deployment();
  const faults = [
    { name: "unknown key", yaml: "run: echo hi\nrnu: echo typo\n", says: "rnu", place: /2/ },
    { name: "unknown nested key", yaml: "resources:\n  cpuz: 2\nrun: echo hi\n", says: "cpuz", place: /2/ },
    { name: "wrong type", yaml: "num_nodes: many\nrun: echo hi\n", says: "num_nodes", place: /1/ },
    { name: "duplicate key", yaml: "run: echo one\nname: x\nrun: echo two\n", says: "run", place: /3/ },
    { name: "broken", yaml: "run: [unclosed\n", says: "", place: /[12]/ },
    {
      name: "missing value of an environment variable",
      yaml: "envs:\n  NEEDED:\nrun: echo hi\n",
      says: "NEEDED",
      place: /./,
    },
    {
      name: "missing file to mount",
      yaml: "file_mounts:\n  ~/a: ./is-not-there\nrun: echo hi\n",
      says: "is-not-there",
      place: /./,
    },
    { name: "missing workdir", yaml: "workdir: ./no-such-folder\nrun: echo hi\n", says: "no-such-folder", place: /./ },
    { name: "no such number of nodes", yaml: "num_nodes: 0\nrun: echo hi\n", says: "num_nodes", place: /./ },
  ];

  for (const fault of faults) {
    const ended = await on.stix(["launch", "-y", "-c", "bad", on.file("bad.yaml", fault.yaml)]);
    try {
      expectClearError(ended, fault.says, null);
      expect(ended.stderr).toMatch(fault.place);
    } catch (error) {
      throw new Error(`${fault.name}: ${String(error)}`);
    }
  }
  expect(await clusters(on)).toEqual([]);
  expect(on.clusterFolders()).toEqual([]);
});

test("names that cannot be, clusters that are not there, and words that are no command", async () => {
  await using on = new Deployment();
  const cases = [
    { args: ["launch", "-y", "-c", "9bad_name!", "true"], says: "9bad_name!", status: null },
    { args: ["exec", "absent", "true"], says: "absent", status: 1 },
    { args: ["queue", "absent", "--strict"], says: "absent", status: null },
    { args: ["logs", "absent"], says: "absent", status: null },
    { args: ["start", "-y", "absent", "--strict"], says: "absent", status: null },
    { args: ["lanch", "-y", "true"], says: "lanch", status: 2 },
    { args: ["launch", "--no-such-option", "true"], says: "--no-such-option", status: 2 },
    { args: ["launch", "-y", "--num-nodes", "three", "true"], says: "three", status: 2 },
    { args: ["launch", "-y", "-c", "x", "--infra", "nowhere", "true"], says: "nowhere", status: null },
    { args: ["launch", "-y", "-c", "x", "--infra", "local", "--gpus", "H100:8", "true"], says: "H100", status: null },
  ];

  for (const each of cases) {
    const ended = await on.stix(each.args);
    try {
      expectClearError(ended, each.says, each.status);
    } catch (error) {
      throw new Error(`stix ${each.args.join(" ")}: ${String(error)}`);
    }
  }
  expect(await clusters(on)).toEqual([]);
  expect(on.clusterFolders()).toEqual([]);
});

test("what is not built yet says so and ends with 2", async () => {
  await using on = new Deployment();

  const serve = await on.stix([
    "serve",
    "up",
    on.file("s.yaml", "service:\n  readiness_probe: /\nresources:\n  ports: 8080\nrun: true\n"),
  ]);

  expectClearError(serve, "serve", 2);
});

test("exec on a stopped cluster names the command that starts it, and submits nothing", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-c", "s", "--infra", "local", "true"]);
  await on.ok(["stop", "-y", "s"]);

  const refused = await on.stix(["exec", "s", "true"]);
  await on.ok(["start", "-y", "s"]);

  expectClearError(refused, "stix start s");
  expect((await jobs(on, "s")).length).toBe(1);
});

test("a port that somebody else listens on is named, and how to take another", async () => {
  await using on = new Deployment();
  using other = Bun.serve({
    hostname: "127.0.0.1",
    port: on.port,
    fetch: () => new Response("not you", { status: 404 }),
  });

  const ended = await on.stix(["status"]);

  expectClearError(ended, String(other.port), null);
  expect(ended.stderr).toContain("STIX_API_PORT");
  expect(on.processes("server")).toEqual([]);
});

test("a server that is too old for this client is told by both versions", async () => {
  await using on = new Deployment();
  using old = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () =>
      Response.json(
        { status: "healthy", api_version: "3", version: "0.2.0", version_on_disk: "0.2.0", commit: "abc" },
        { headers: { "X-SkyPilot-API-Version": "3", "X-SkyPilot-Version": "0.2.0" } },
      ),
  });

  const ended = await on.stix(["status"], { env: { SKYPILOT_API_SERVER_ENDPOINT: `http://127.0.0.1:${old.port}` } });

  expectClearError(ended, "3", null);
});

test("a server that is not there is named when somebody named it", async () => {
  await using on = new Deployment();

  const ended = await on.stix(["status"], { env: { SKYPILOT_API_SERVER_ENDPOINT: "http://127.0.0.1:9" } });

  expectClearError(ended, "127.0.0.1:9", null);
  expect(on.processes("server")).toEqual([]);
});

test("a database that is not one is left as it is, and the error says where it lies", async () => {
  await using on = new Deployment();
  mkdirSync(on.state, { mode: 0o700 });
  const broken = "this is no database, whatever it is called\n".repeat(200);
  writeFileSync(join(on.state, "state.db"), broken);

  const ended = await on.stix(["status"]);

  expectClearError(ended, "state.db", null);
  expect(await Bun.file(join(on.state, "state.db")).text()).toBe(broken);
  expect(on.processes("server")).toEqual([]);
});

test("a state folder of somebody else is named, and what may be done", async () => {
  await using on = new Deployment();
  mkdirSync(on.state, { mode: 0o700 });
  // Root may enter everything: it proves this as the user nobody, everybody else with a folder they may not enter.
  const asNobody = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  chmodSync(on.root, 0o755);
  if (asNobody.length === 0) chmodSync(on.state, 0);
  const child = Bun.spawnSync(
    [...asNobody, process.env["STIX_E2E_STIX"] ?? join(import.meta.dir, "../../dist/stix"), "status"],
    { env: { ...on.env }, cwd: "/" },
  );
  chmodSync(on.state, 0o700);

  const stderr = child.stderr.toString();
  expectClearError(
    { status: child.exitCode, stdout: child.stdout.toString(), stderr, all: child.stdout.toString() + stderr },
    on.state,
    null,
  );
});
