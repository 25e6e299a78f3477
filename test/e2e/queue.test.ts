// The queue of a cluster: strictly in order, by what jobs ask of each node, shares of accelerators included.
import { expect, setDefaultTimeout, test } from "bun:test";
import { jobState, jobs, outputLines, untilJob } from "./answers.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(180_000);

test("fractions share a device, the first job that does not fit holds the later ones back, and devices never overlap", async () => {
  await using on = new Deployment({ env: { STIX_LOCAL_ACCELERATORS: "V100:2" } });
  const hold =
    'echo "devices=$CUDA_VISIBLE_DEVICES"; until [ -e "$HOME/go-$SKYPILOT_INTERNAL_JOB_ID" ]; do sleep 0.1; done';
  const release = (id: number) => on.ok(["exec", "c", `touch ~/go-${id}`]);
  await on.ok(["launch", "-y", "-d", "-c", "c", "--infra", "local", "--gpus", "V100:2", "true"]);
  await untilJob(on, "c", 1, "SUCCEEDED");

  for (const share of ["V100:0.5", "V100:0.5", "V100:1", "V100:2", "V100:0.5"])
    await on.ok(["exec", "-d", "c", "--gpus", share, hold]);
  for (const id of [2, 3, 4]) await untilJob(on, "c", id, "RUNNING");
  const waiting = [await jobState(on, "c", 5), await jobState(on, "c", 6)];

  // Job 7 and later would wait behind job 5: the files are made on the node by hand.
  const [home] = on.nodeHomes();
  for (const id of [2, 3, 4]) await Bun.write(`${home}/go-${id}`, "");
  await untilJob(on, "c", 5, "RUNNING");
  const behind = await jobState(on, "c", 6);
  await Bun.write(`${home}/go-5`, "");
  await untilJob(on, "c", 6, "RUNNING");
  await Bun.write(`${home}/go-6`, "");
  await untilJob(on, "c", 6, "SUCCEEDED");
  await release(99);
  const devices = async (id: number) =>
    outputLines((await on.stix(["logs", "c", String(id), "--no-follow"])).stdout)[0]?.slice("devices=".length);
  const [half, otherHalf, whole, both] = [await devices(2), await devices(3), await devices(4), await devices(5)];

  expect(waiting.map((state) => state.replace("JobStatus.", ""))).toEqual(["PENDING", "PENDING"]);
  expect(behind).toContain("PENDING");
  expect(half).toBe(otherHalf);
  expect(whole).not.toBe(half);
  expect(both?.split(",").length).toBe(2);
});

test("twenty jobs end in the order they were submitted when each needs the whole node", async () => {
  await using on = new Deployment({ env: { STIX_LOCAL_ACCELERATORS: "V100:1" } });
  await on.ok(["launch", "-y", "-c", "c", "--infra", "local", "--gpus", "V100:1", "true"]);

  for (let at = 0; at < 20; at += 1)
    await on.ok(["exec", "-d", "c", "--gpus", "V100:1", "echo $SKYPILOT_INTERNAL_JOB_ID >> ~/order"]);
  await untilJob(on, "c", 21, "SUCCEEDED");
  const order = outputLines((await on.stix(["exec", "c", "cat ~/order"])).stdout);

  expect(order).toEqual(Array.from({ length: 20 }, (_, at) => String(at + 2)));
  expect((await jobs(on, "c")).every((job) => job.status.includes("SUCCEEDED"))).toBe(true);
});

test("a job that can never fit the cluster is refused at once and by name", async () => {
  await using on = new Deployment({ env: { STIX_LOCAL_ACCELERATORS: "V100:1" } });
  await on.ok(["launch", "-y", "-c", "c", "--infra", "local", "--gpus", "V100:1", "true"]);

  const tooMany = await on.stix(["exec", "c", "--gpus", "V100:4", "true"]);
  const tooWide = await on.stix(["exec", "c", "--num-nodes", "5", "true"]);

  expect(tooMany.status, tooMany.all).toBe(1);
  expect(tooMany.stderr).toContain("V100");
  expect(tooWide.status, tooWide.all).toBe(1);
  expect((await jobs(on, "c")).length).toBe(1);
});
