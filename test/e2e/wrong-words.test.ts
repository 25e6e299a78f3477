// Words that mean nothing here: what was asked is named, what may be meant is offered, and no script takes it for success.
import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectClearError } from "./clear-error.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(120_000);

test("accelerators, clouds, regions and zones that nobody has get the nearest ones", async () => {
  await using on = new Deployment();
  const plan = ["launch", "--dryrun", "-y", "--assume-enabled", "aws,gcp"];
  const cases: readonly (readonly [readonly string[], number | null, readonly string[]])[] = [
    [[...plan, "--gpus", "A100:3", "true"], 1, ["A100:3", "offered accelerators: A100-80GB:4, A100-80GB:8, A100:16"]],
    [[...plan, "--gpus", "FOO", "true"], 1, ["unknown accelerator 'FOO'", "stix gpus list --all"]],
    [[...plan, "--gpus", "H1OO:2", "true"], 1, ["unknown accelerator 'H1OO'", "did you mean H100"]],
    [[...plan, "--gpus", "T4:20", "--infra", "aws", "true"], 1, ["T4:20", "num_nodes: 3"]],
    [
      ["launch", "-y", "--gpus", "H1OO", "true"],
      1,
      ["unknown accelerator 'H1OO'", "'local' has no H1OO:1", "did you mean H100"],
    ],
    [["launch", "-y", "--gpus", "A100:3", "true"], 1, ["'local' has no A100:3"]],
    [["offer", "--gpus", "H1OO"], 1, ["unknown accelerator 'H1OO'", "did you mean H100"]],
    [["gpus", "list", "H1OO"], 1, ["unknown accelerator", "did you mean H100"]],
    [["gpus", "list", "A100:3"], 1, ["A100:3", "A100 is sold by 1, 2"]],
    [["gpus", "list", "H1OO", "-o", "json"], 1, ["H1OO"]],
    [["gpus", "list", "--infra", "awss"], 1, ["there is no cloud 'awss'", "did you mean aws"]],
    [["gpus", "list", "--infra", "aws/us-moon-1"], 1, ["us-moon-1"]],
    [["launch", "--dryrun", "-y", "--infra", "awss", "true"], 2, ["awss", "is 'aws' the cloud you mean?"]],
    [
      ["launch", "--dryrun", "-y", "--assume-enabled", "awz", "true"],
      1,
      ["there is no cloud 'awz'", "did you mean aws"],
    ],
    [["explain", "--about", "awss", "--cpus", "2"], 1, ["there is no cloud 'awss'", "did you mean aws"]],
    [[...plan, "--infra", "aws/us-east-1/us-east-1/x", "true"], null, ["us-east-1"]],
    [[...plan, "--infra", "aws/us-eest-1", "true"], 1, ["invalid region 'us-eest-1'", "us-east-1"]],
    [[...plan, "--infra", "gcp/us-central1/us-central1-q", "true"], 1, ["invalid zone", "us-central1-a"]],
  ];

  for (const [args, status, said] of cases) {
    const ended = await on.stix(args);
    if (args.includes("json")) {
      expect(ended.status).toBe(1);
      expect(ended.all).toContain("unknown accelerator");
      continue;
    }
    try {
      expectClearError(ended, said[0] ?? "", status);
      for (const words of said) expect(ended.stderr).toContain(words);
    } catch (error) {
      throw new Error(`stix ${args.join(" ")}: ${String(error)}`);
    }
  }
  const bad = await on.stix([...plan, "--infra", "*/*/qqq", "true"]);
  expect(bad.stderr.length).toBeLessThan(600);
});

test("the log of a plan that cannot be says what was asked, where, and what is near", async () => {
  await using on = new Deployment();
  const file = on.file("task.yaml", "num_nodes: 2\nresources: {infra: aws, accelerators: A100:3}\nrun: echo\n");

  const ended = await on.stix(["launch", "--dryrun", "-y", "--assume-enabled", "aws", file]);
  const here = await on.stix(["launch", "-y", "--gpus", "A100:3", "true"]);

  expect(here.stdout).toContain("No resource satisfying <Cloud>({'A100': 3}) on Local.\n");
  expect(ended.status).toBe(1);
  expect(ended.stdout).toContain(
    "No resource satisfying 2x AWS({'A100': 3}) on AWS.\nDid you mean: ['A100-80GB:8', 'A100:8']\n",
  );
  expectClearError(ended, "A100:3, 2 nodes, in aws");
});

test("task validate and launch say the same of a file, at the same place", async () => {
  await using on = new Deployment();
  const files: readonly (readonly [string, string | Uint8Array, string | null])[] = [
    ["typo.yaml", "runn: echo hi\n", "typo.yaml:1:1: task: unknown key 'runn'"],
    ["name.yaml", 'run: echo\nname: "my task!"\n', "name.yaml:2:7: 'my task!' cannot name a task"],
    ["mount.yaml", "run: echo\nfile_mounts:\n  /a/: /tmp\n", "mount.yaml:3:8: file mount path '/a/' ends with a slash"],
    ["strict.yaml", "config: {aws: {use_ssm: true}}\nrun: echo\n", "strict.yaml:1:"],
    ["other.yaml", "foo: 1\n", "other.yaml:1:1: task: unknown key 'foo'"],
    ["list.yaml", "- a\n", "list.yaml:1:1: a task file is a mapping"],
    ["break.yaml", 'num_nodes: "1\\n2"\n', "break.yaml:1:12: task: '1\\n2' is not of type"],
    ["colon.yaml", "run: echo hi: there\n", "colon.yaml:1:6: a second ': ' stands in this line"],
    ["latin.yaml", new Uint8Array([0x72, 0x75, 0x6e, 0x3a, 0x20, 0xe9, 0x0a]), "latin.yaml: the file is not in UTF-8"],
    ["empty.yaml", "", "empty.yaml:1:1: the file is empty: it has no task"],
    ["name-only.yaml", "name: x\n", null],
    ["good.yaml", "name: good\nrun: echo\n", null],
  ];

  for (const [name, content, fault] of files) {
    writeFileSync(join(on.work, name), content);
    const validated = await on.stix(["task", "validate", name], { cwd: on.work });
    const launched = await on.stix(["launch", "--dryrun", "-y", "--infra", "aws", "--assume-enabled", "aws", name], {
      cwd: on.work,
    });
    const said = [name, validated.status, launched.status];
    expect(said).toEqual([name, fault === null ? 0 : 1, fault === null ? 0 : 1]);
    if (fault !== null)
      expect([validated.stdout, launched.stderr].map((text) => text.includes(fault))).toEqual([true, true]);
  }
});

test("plans take images, buckets, volumes and repositories; a run still refuses what it cannot do", async () => {
  await using on = new Deployment();
  const file = on.file(
    "task.yaml",
    [
      'resources: {infra: aws, cpus: 4, image_id: "docker:ubuntu:22.04"}',
      'file_mounts: {/data: {source: "s3://bucket"}, /more: s3://other/part}',
      "volumes: {/mnt: vol}",
      'workdir: {url: "https://example.com/x.git"}',
      "run: echo",
    ].join("\n"),
  );

  const plan = await on.ok(["launch", "--dryrun", "-y", "--assume-enabled", "aws", file]);
  const asJson = JSON.parse(
    await on.ok(["launch", "--dryrun", "-y", "-o", "json", "--assume-enabled", "aws", file]),
  ) as { readonly tasks: readonly { readonly instance_type: string }[] };
  const offers = await on.ok(["offer", "--limit", "3", file]);
  const reason = await on.ok(["explain", "--assume-enabled", "aws", file]);
  const run = await on.stix(["launch", "-y", file]);
  const zone = await on.ok([
    "launch",
    "--dryrun",
    "-y",
    "--assume-enabled",
    "aws",
    "--infra",
    "aws/us-east-1/us-east-1a",
    "true",
  ]);

  expect(plan).toContain("m6i.xlarge");
  expect(asJson.tasks[0]?.instance_type).toBe("m6i.xlarge");
  expect(offers).toContain("m6i.xlarge");
  expect(reason).toContain("m6i.xlarge");
  expectClearError(run, "file_mounts of buckets cannot be used yet", 2);
  expect(zone).toContain("us-east-1");
  expect(zone).toContain("depends on the account");
});
