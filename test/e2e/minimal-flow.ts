// What anybody does first: one task on one node, twice, and down. The same whatever keeps the state.
import { expect } from "bun:test";
import { clusters, jobs, outputLines } from "./answers.ts";
import type { Deployment } from "./harness.ts";

const minimal =
  "name: minimal\nresources:\n  infra: local\nsetup: echo in setup\nrun: |\n  echo hello from rank $SKYPILOT_NODE_RANK\n  pwd\n";

export async function minimalFlow(on: Deployment): Promise<void> {
  const task = on.file("minimal.yaml", minimal);

  const first = await on.stix(["launch", "-y", "-c", "m", task]);
  const second = await on.stix(["launch", "-y", "-c", "m", task]);
  const queue = await jobs(on, "m");
  const [cluster] = await clusters(on);
  const down = await on.stix(["down", "-y", "m"]);

  expect(first.status, first.all + on.evidence()).toBe(0);
  expect(first.stdout + first.stderr).toContain("Job submitted, ID: 1");
  expect(first.stdout + first.stderr).toContain("Job finished (status: SUCCEEDED).");
  expect(outputLines(first.stdout)).toContain("hello from rank 0");
  expect(outputLines(first.stdout).some((line) => line.endsWith("/sky_workdir"))).toBe(true);
  expect(first.stdout).toMatch(/\(setup pid=\d+\) in setup/);
  expect(second.status, second.all).toBe(0);
  expect(second.stdout + second.stderr).toContain("Job submitted, ID: 2");
  expect(queue.map((job) => [job.job_id, job.job_name, job.status.replace("JobStatus.", "")])).toEqual([
    [2, "minimal", "SUCCEEDED"],
    [1, "minimal", "SUCCEEDED"],
  ]);
  expect(cluster).toMatchObject({ name: "m", status: "UP" });
  expect(down.status, down.all).toBe(0);
  expect(await clusters(on)).toEqual([]);
  await on.expectOnlyControlPlane();
}
