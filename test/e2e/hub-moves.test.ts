// A hub that must go to another port finds its clusters again by itself, in whatever state they are.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { outputLines, untilCluster } from "./answers.ts";
import { Deployment, squat, until } from "./harness.ts";

setDefaultTimeout(240_000);

const portSchema = z.object({ port: z.number(), gen: z.number() });

test("clusters that are UP and INIT follow a hub that moved, and one whose record of the port was cut short", async () => {
  await using on = new Deployment({ env: { STIX_NODE_LOST_MS: "2000" } });
  await on.ok(["launch", "-y", "-d", "-c", "whole", "--infra", "local", "echo ran"]);
  await on.ok(["launch", "-y", "-d", "-c", "half", "--infra", "local", "--num-nodes", "2", "echo ran"]);
  await on.kill("supervisor", "n1");
  await on.kill("skylet", "n1");
  await untilCluster(on, "half", "INIT");
  const record = join(on.state, "hub/port.json");
  const before = portSchema.parse(JSON.parse(readFileSync(record, "utf8")));
  await on.ok(["api", "stop"]);
  await on.kill("hub");
  writeFileSync(record, "");
  const squatter = await squat(before.port);

  await on.ok(["api", "start"]);
  const after = portSchema.parse(JSON.parse(readFileSync(record, "utf8")));
  const said = (event: string) =>
    readFileSync(join(on.state, "server.log"), "utf8")
      .split("\n")
      .filter((line) => line.includes(`"${event}"`));
  await until(
    "both heads have come to the new port",
    () =>
      new Set(
        said("head-registered")
          .slice(2)
          .map((line) => /"cid":"(\w+)/.exec(line)?.[1]),
      ).size === 2,
    60_000,
    () => on.evidence(),
  );
  squatter.stop(true);

  expect(after.port).not.toBe(before.port);
  expect(after.gen).toBeGreaterThan(before.gen);
  expect(outputLines(await on.ok(["exec", "whole", "echo again"]))).toEqual(["again"]);
});

test("a hub's key that was cut short stops the start by name, and the cluster goes on when it is back", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "kept", "--infra", "local", "echo ran"]);
  const path = join(on.state, "hub/keys/hub.key");
  const whole = readFileSync(path);
  await on.ok(["api", "stop"]);
  writeFileSync(path, whole.subarray(0, 7));

  const refused = await on.stix(["status"]);
  const untouched = readFileSync(path).length;
  writeFileSync(path, whole);
  const again = outputLines(await on.ok(["exec", "kept", "echo again"]));

  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain(path);
  expect(refused.stderr).toContain("damaged");
  expect(refused.stderr).toContain("stix start");
  expect(untouched).toBe(7);
  expect(again).toEqual(["again"]);
});
