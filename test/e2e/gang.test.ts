// Several nodes start together, know each other, and fall together.
import { expect, setDefaultTimeout, test } from "bun:test";
import { jobs, outputLines, rankLines } from "./answers.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(180_000);

test("three ranks get their number, all addresses in rank order, and the promised environment", async () => {
  await using on = new Deployment();
  const task = on.file(
    "gang.yaml",
    `name: gang
num_nodes: 3
resources:
  infra: local
envs:
  MINE: own
setup: echo "setup $SKYPILOT_SETUP_NODE_RANK of $SKYPILOT_NUM_NODES, $(echo "$SKYPILOT_SETUP_NODE_IPS" | wc -l) addresses"
run: |
  echo "rank=$SKYPILOT_NODE_RANK nodes=$SKYPILOT_NUM_NODES gpus=$SKYPILOT_NUM_GPUS_PER_NODE mine=$MINE"
  echo "ips=$(echo "$SKYPILOT_NODE_IPS" | tr '\\n' ' ')"
  echo "task=$SKYPILOT_TASK_ID job=$SKYPILOT_INTERNAL_JOB_ID"
  echo "cluster=$SKYPILOT_CLUSTER_INFO"
`,
  );

  const launched = await on.stix(["launch", "-y", "-c", "g", task]);
  const ranks = [0, 1, 2].map((rank) => rankLines(launched.stdout, rank));
  const part = (rank: number, name: string) =>
    ranks[rank]
      ?.find((line) => line.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .trim() ?? "";

  expect(launched.status, launched.all + on.evidence()).toBe(0);
  for (const rank of [0, 1, 2]) {
    expect(part(rank, "rank")).toBe(`${rank} nodes=3 gpus=0 mine=own`);
    expect(part(rank, "ips")).toBe(part(0, "ips"));
    expect(part(rank, "task")).toMatch(/^sky-[\d-]+_g_1 job=1$/);
    expect(JSON.parse(part(rank, "cluster"))).toMatchObject({ cluster_name: "g" });
  }
  expect(new Set(part(0, "ips").split(" ")).size).toBe(3);
  for (const rank of [0, 1, 2]) expect(launched.stdout).toContain(`setup ${rank} of 3, 3 addresses`);
  expect(launched.stdout).toMatch(/^\(head, rank=0, pid=\d+\) /m);
  expect(launched.stdout).toMatch(/^\(worker1, rank=1, pid=\d+, ip=[\d.]+\) /m);
});

test("one failing rank ends the others at once with 137, and the command with 100", async () => {
  await using on = new Deployment();
  const task = on.file(
    "fail.yaml",
    `num_nodes: 3
run: |
  if [ "$SKYPILOT_NODE_RANK" = 1 ]; then sleep 1; echo giving up; exit 7; fi
  echo waiting; sleep 300; echo never
`,
  );

  const startedAt = performance.now();
  const launched = await on.stix(["launch", "-y", "-c", "g", "--infra", "local", task]);
  const seconds = (performance.now() - startedAt) / 1000;
  const [job] = await jobs(on, "g");

  expect(launched.status, launched.all + on.evidence()).toBe(100);
  expect(launched.stdout + launched.stderr).toContain("Job finished (status: FAILED)");
  expect(outputLines(launched.stdout)).toContain("giving up");
  expect(outputLines(launched.stdout)).not.toContain("never");
  expect(launched.all).toContain("137");
  expect(launched.all).toMatch(/\b7\b/);
  expect(job?.status).toContain("FAILED");
  expect(seconds).toBeLessThan(60);
});

test("a setup that fails on one node ends the job as FAILED_SETUP before anything runs", async () => {
  await using on = new Deployment();
  const task = on.file(
    "setup.yaml",
    `num_nodes: 2
setup: |
  if [ "$SKYPILOT_SETUP_NODE_RANK" = 1 ]; then echo setup breaks; exit 9; fi
  sleep 300
run: echo must not run
`,
  );

  const launched = await on.stix(["launch", "-y", "-c", "g", "--infra", "local", task]);
  const [job] = await jobs(on, "g");
  const next = await on.stix(["exec", "g", "echo next job runs"]);

  expect(launched.status, launched.all + on.evidence()).toBe(100);
  expect(launched.stdout).toContain("setup breaks");
  expect(launched.stdout).not.toContain("must not run");
  expect(job?.status).toContain("FAILED_SETUP");
  expect(outputLines(next.stdout), next.all).toContain("next job runs");
});

test("an exec may use fewer nodes than the cluster has", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-c", "g", "--infra", "local", "--num-nodes", "3", "true"]);

  const two = await on.stix(["exec", "g", "--num-nodes", "2", 'echo "$SKYPILOT_NODE_RANK/$SKYPILOT_NUM_NODES"']);

  expect(two.status, two.all).toBe(0);
  expect(outputLines(two.stdout).sort()).toEqual(["0/2", "1/2"]);
});
