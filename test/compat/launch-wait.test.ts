// SkyPilot's own client: what is typed while a launch is under way waits for it, as on SkyPilot's own server.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { gatedDeployment } from "../e2e/gated-deployment.ts";
import { until } from "../e2e/harness.ts";
import { startSkyUser, type SkyUser } from "./sky-user.ts";

let user: SkyUser;
let open: () => void;

beforeAll(async () => {
  const gated = gatedDeployment();
  open = gated.open;
  user = await startSkyUser({}, gated.on);
}, 600_000);

afterAll(async () => {
  await user?.[Symbol.asyncDispose]();
}, 120_000);

test("exec and launch of the unmodified client wait for a launch that is under way, and their jobs follow it", async () => {
  const { deployment } = user;
  deployment.file("task.yaml", "name: first\nresources:\n  cpus: 1+\nrun: echo first-ran\n");
  const launched = user.client(["launch", "-y", "-c", "w", "task.yaml"]);
  await until(
    "the agent waits at its gate",
    () => deployment.processes().some((each) => each.command.includes(`${deployment.root}/agent run`)),
    90_000,
  );

  const executed = user.client(["exec", "w", "echo second-ran"]);
  const relaunched = user.client(["launch", "-y", "-c", "w", "echo third-ran"]);
  const waiting = async () =>
    JSON.parse(await (await fetch(`http://127.0.0.1:${deployment.port}/api/status`)).text()) as {
      name: string;
      status: string;
    }[];
  await until(
    "both wait",
    async () => (await waiting()).filter((each) => each.status === "WAITING").length === 2,
    90_000,
    () => deployment.evidence(),
  );
  open();
  const [first, second, third] = await Promise.all([launched, executed, relaunched]);

  expect(first).toContain("first-ran");
  expect(second).toContain("waiting for its launch (request ");
  expect(second).toContain("second-ran");
  expect(third).toContain("third-ran");
}, 300_000);
