// Scripts that use SkyPilot's own client, unmodified, find in its output and its answers what they find with SkyPilot's server.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { isTold, launched, toldFiles } from "../e2e/told-lines.ts";
import { startSkyUser, type SkyUser } from "./sky-user.ts";

let user: SkyUser;

beforeAll(async () => {
  user = await startSkyUser({ STIX_LOCAL_ACCELERATORS: "T4:4" });
  user.deployment.file("min.yaml", (toldFiles["min.yaml"] ?? "").replace("  infra: local\n", "  accelerators: T4:1\n"));
}, 600_000);

afterAll(async () => {
  await user?.[Symbol.asyncDispose]();
}, 120_000);

test("launch, status, lists of devices and copied logs", async () => {
  const first = await user.run([user.sky, "launch", "-y", "-c", "t", "min.yaml"]);
  const again = await user.client(["launch", "-y", "-d", "-c", "t", "--ports", "9090", "min.yaml"]);
  const status = await user.client(["status", "t"]);
  const endpoints = await user.client(["status", "--endpoints", "t"]);
  const devices = await user.client(["gpus", "list", "T4"]);
  const copied = await user.client(["logs", "t", "*", "--sync-down"]);

  expect(
    launched.filter((line) => !isTold(plain(first.stdout), line)),
    first.all,
  ).toEqual([]);
  expect(again).toContain("Ports of cluster 't': 9090.");
  expect(status).toMatch(/^t\s+SSH \(local\)\s+1x\(gpus=T4:1, .*\sUP\s/m);
  expect(endpoints).toMatch(/9090: .*127\.\d+\.\d+\.\d+:9090/);
  expect(devices).toMatch(/^T4\s+1\.0\s+Local\s+local\s+-\s+\d+\s/m);
  expect(plain(copied)).toMatch(/Job 1 logs: .*\n.*Job 2 logs: /);
}, 300_000);

test("programs that use the SDK", async () => {
  user.deployment.file(
    "sdk.py",
    [
      "import json, os, requests, sky",
      "from sky.client import sdk",
      "out = {}",
      "record = sky.get(sky.status(cluster_names=['t']))[0]",
      "out['nodes'] = record['node_names']",
      "out['cloud'] = str(record['handle'].launched_resources.cloud)",
      "sky.get(sky.autostop('t', 5))",
      "out['set'] = sky.get(sky.status(cluster_names=['t']))[0]['autostop']",
      "sky.get(sky.autostop('t', -5))",
      "out['unset'] = sky.get(sky.status(cluster_names=['t']))[0]['autostop']",
      "out['counts'] = sky.get(sdk.list_accelerator_counts(name_filter='^T4$', clouds=None))['T4']",
      "def kind(call):",
      "    try: call(); return 'none'",
      "    except Exception as e: return type(e).__name__ + ': ' + str(e)",
      "big = sky.Task(run='true'); big.set_resources(sky.Resources(cpus=99999))",
      "out['big'] = kind(lambda: sky.get(sky.launch(big, cluster_name='big')))",
      "out['gone'] = kind(lambda: sky.get(sky.down('nope')))",
      "url = os.environ['SKYPILOT_API_SERVER_ENDPOINT']",
      "wrong = requests.post(url + '/status', json={'refresh': 'BAD'})",
      "out['wrong'] = [wrong.status_code, wrong.json()['detail']]",
      "print('OUT' + json.dumps(out))",
    ].join("\n"),
  );

  const ended = await user.run([join(user.sky, "../python"), "sdk.py"]);
  const told = JSON.parse(/^OUT(.*)$/m.exec(ended.stdout)?.[1] ?? "null") as Record<string, unknown> | null;

  expect(told, ended.all).toEqual({
    nodes: expect.stringMatching(/^t-\w+-n0$/),
    cloud: "SSH",
    set: 5,
    unset: -1,
    counts: expect.arrayContaining([1, 2, 4]),
    big: expect.stringMatching(/^ResourcesUnavailableError: .*has no 99999 vCPUs; it has \d+ vCPUs/),
    gone: expect.stringMatching(/^ClusterDoesNotExist: /),
    wrong: [
      422,
      [
        {
          type: "enum",
          loc: ["body", "refresh"],
          msg: "Input should be 'NONE', 'AUTO' or 'FORCE'",
          input: null,
          ctx: { expected: "'NONE', 'AUTO' or 'FORCE'" },
        },
      ],
    ],
  });
}, 300_000);

test("teardowns under set -e, and a setup that fails", async () => {
  user.deployment.file("bad-setup.yaml", "setup: exit 3\nrun: echo Finished\n");

  const setup = await user.client(["launch", "-y", "-c", "f", "bad-setup.yaml"], 100);
  const torn = await user.run([
    "bash",
    "-c",
    "set -e; sky queue nope; sky down -y nope f t; sky stop -y t; echo torn down",
  ]);

  expect(plain(setup)).toMatch(
    /setup failed\. Failed workers: \(pid=\d+, returncode=3, node=head\)\. See error logs above for more details\./,
  );
  expect(torn.status, torn.all).toBe(0);
  expect(torn.stdout).toContain("Failed to get the job queue for cluster 'nope'.");
  expect(torn.stdout).toContain("torn down");
}, 300_000);

/** Without colours. */
function plain(text: string): string {
  return Bun.stripANSI(text);
}
