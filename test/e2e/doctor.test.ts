// `doctor` on real trouble: it finds each, names the cure, never hangs, and ends with 1 only when something is wrong.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment } from "./harness.ts";
import { signal } from "./processes.ts";

setDefaultTimeout(240_000);

interface Found {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly state: string;
    readonly what: string;
    readonly cure: string | null;
  }[];
}

async function examine(
  on: Deployment,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly ms: number; readonly bad: Readonly<Record<string, string | null>> }> {
  const since = performance.now();
  const ended = await on.stix(["doctor", "-o", "json"], { env });
  const found = JSON.parse(ended.stdout) as Found;
  expect(ended.status).toBe(found.ok ? 0 : 1);
  return {
    status: ended.status,
    ms: performance.now() - since,
    bad: Object.fromEntries(
      found.checks.filter((check) => check.state === "bad").map((check) => [check.name, check.cure]),
    ),
  };
}

test("a healthy deployment is well, before its first start too, and nothing is started", async () => {
  await using on = new Deployment();
  const before = await examine(on);
  const processes = on.processes().length;
  await on.ok(["launch", "-y", "-d", "-c", "d", "--infra", "local", "true"]);
  const after = await examine(on);
  const page = await on.ok(["doctor"]);

  expect(before).toMatchObject({ status: 0, bad: {} });
  expect(processes).toBe(0);
  expect(after).toMatchObject({ status: 0, bad: {} });
  expect(page).toMatch(/✓ server +http.* answered in \d+ ms\n/);
  expect(page).toMatch(/✓ clusters +1 of them, all whole\n/);
});

test("a suspended server, a damaged database, open files and another folder's server are found, each within seconds", async () => {
  await using on = new Deployment();
  await on.ok(["api", "start"]);
  const [server] = on.processes("server");

  if (server === undefined) throw new Error("no server runs");
  signal(server.pid, "SIGSTOP");
  const suspended = await examine(on);
  signal(server.pid, "SIGCONT");
  const elsewhere = await examine(on, { STIX_HOME: join(on.root, "another") });
  await on.ok(["api", "stop"]);
  const database = join(on.state, "state.db");
  const whole = readFileSync(database);
  writeFileSync(database, "this is no database at all, whatever its name says".repeat(200));
  chmodSync(database, 0o644);
  const damaged = await examine(on);
  writeFileSync(database, whole);
  chmodSync(database, 0o600);

  expect(suspended.bad).toEqual({ server: "stix api start" });
  expect(suspended.ms).toBeLessThan(5_000);
  expect(Object.keys(elsewhere.bad)).toEqual(["server"]);
  expect(elsewhere.bad["server"]).toContain(`STIX_HOME=${on.state}`);
  expect(damaged.bad["database"]).toContain("doctor adopt");
  expect(damaged.bad["permissions"]).toContain("chmod -R go-rwx");
  expect((await examine(on)).bad).toEqual({});
});
