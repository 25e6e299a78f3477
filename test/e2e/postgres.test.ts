// The state in Postgres: the same commands, the same answers; and a wrong address is one clear error without the password.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startPostgres, type TestPostgres } from "../postgres.ts";
import { clusters, outputLines } from "./answers.ts";
import { Deployment } from "./harness.ts";
import { minimalFlow } from "./minimal-flow.ts";

setDefaultTimeout(180_000);

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => await postgres[Symbol.asyncDispose]());

test("two launches run jobs 1 and 2 and down leaves nothing, with the state in Postgres and no file of it", async () => {
  const url = await postgres.create("minimal");
  await using on = new Deployment({ env: { STIX_DB: url } });

  await minimalFlow(on);

  expect(await postgres.ask("minimal", "SELECT name, removed_at IS NULL AS lives FROM clusters")).toEqual([
    { name: "m", lives: false },
  ]);
  expect(existsSync(join(on.state, "state.db"))).toBe(false);
  expect(filesWith(on.state, postgres.password)).toEqual([]);
});

test("a database that restarts is waited for, and nothing is lost", async () => {
  const url = await postgres.create("restarts");
  await using on = new Deployment({
    env: { SKYPILOT_DB_CONNECTION_URI: url.replace("postgres:", "postgresql+psycopg2:") },
  });
  await on.ok(["launch", "-y", "-c", "r", "echo before"]);

  await postgres.stop("kill");
  const during = on.stix(["exec", "r", "echo after"]);
  await postgres.start();
  const after = await during;

  expect(after.status, after.all + on.evidence()).toBe(0);
  expect(outputLines(after.stdout)).toEqual(["after"]);
  expect(await clusters(on)).toMatchObject([{ name: "r", status: "UP" }]);
  await on.ok(["down", "-y", "r"]);
});

test("a second server that does not share the first one's folder is refused, with what to set", async () => {
  const url = await postgres.create("one_hub");
  await using first = new Deployment({ env: { STIX_DB: url } });
  await first.ok(["status"]);
  await using second = new Deployment({ env: { STIX_DB: url } });
  const refused = await second.stix(["status"]);
  await using together = new Deployment({ env: { STIX_DB: url, STIX_SHARED_DIR: first.state } });
  await together.ok(["status"]);

  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("the database belongs to servers whose hub has other keys");
  expect(refused.stderr).toContain("set STIX_SHARED_DIR to the folder that those servers share");
});

test("a database that cannot be had is one error with its cure", async () => {
  await using wrong = new Deployment({ env: { STIX_DB: postgres.url("nowhere") } });
  const noSuch = await wrong.stix(["status"]);
  await using closed = new Deployment({ env: { STIX_DB: postgres.url("postgres").replace("s3cret", "s4cret") } });
  const refused = await closed.stix(["status"]);

  expect(noSuch.status).toBe(1);
  expect(noSuch.stderr).toContain("Postgres has no database 'nowhere'");
  expect(noSuch.stderr).toContain("createdb -O stix nowhere");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("Postgres does not let 'stix' in");
  for (const shown of [noSuch.all, refused.all]) {
    expect(shown).not.toContain("cret");
    expect(shown).not.toMatch(/^\s+at /m);
  }
});

/** Files below the folder that hold this text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(folder, name);
    return existsSync(path) && statSync(path).isFile() && readFileSync(path).includes(text);
  });
}
