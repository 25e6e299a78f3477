// Flags over keys, as SkyPilot lays them; the expected forms were taken from its package.
import { describe, expect, test } from "bun:test";
import { applyOverrides, applyOverridesToDag, type TaskOverrides } from "./override.ts";
import { parseDag } from "./parse.ts";
import { skypilotAlternative } from "./skypilot-form.ts";
import type { Dag, Task } from "./task.ts";

function dagOf(text: string): Dag {
  const parsed = parseDag(text);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.dag;
}

function overridden(text: string, overrides: TaskOverrides): Task {
  const [task] = dagOf(text).tasks;
  const result = task === undefined ? undefined : applyOverrides(task, overrides);
  if (result?.ok !== true) throw new Error(JSON.stringify(result));
  return result.task;
}

function alternatives(resources: string, overrides: TaskOverrides): unknown[] {
  return overridden(`resources: ${resources}`, overrides).resources.alternatives.map(skypilotAlternative);
}

function refusals(text: string, overrides: TaskOverrides): string[] {
  const [task] = dagOf(text).tasks;
  const result = task === undefined ? undefined : applyOverrides(task, overrides);
  return result?.ok === false ? result.problems.map((problem) => `${problem.class}: ${problem.message}`) : [];
}

const placed = "{cpus: 4, infra: aws/us-east-1/us-east-1a}";

describe("task/override", () => {
  test.each<[string, TaskOverrides, unknown]>([
    [
      "{any_of: [{accelerators: A100}, {accelerators: V100}]}",
      { gpus: "H100:2" },
      [{ accelerators: { H100: 2 } }, { accelerators: { H100: 2 } }],
    ],
    [placed, { cpus: "none" }, [{ infra: "aws/us-east-1/us-east-1a" }]],
    [placed, { infra: "gcp" }, [{ infra: "gcp", cpus: "4" }]],
    [placed, { cloud: "gcp" }, [{ infra: "gcp/us-east-1/us-east-1a", cpus: "4" }]],
    [placed, { cloud: "None" }, [{ infra: "*/us-east-1/us-east-1a", cpus: "4" }]],
    [placed, { region: "*" }, [{ infra: "aws/*/us-east-1a", cpus: "4" }]],
    [placed, { cloud: "digitalocean" }, [{ infra: "do/us-east-1/us-east-1a", cpus: "4" }]],
    ["{ports: 80}", { ports: ["90", "91-93,95"] }, [{ ports: ["90-93", "95"] }]],
    ["{ports: 80}", { ports: ["none"] }, [{}]],
    [
      "{image_id: ami-1, infra: aws/us-east-1}",
      { imageId: "ami-2" },
      [{ infra: "aws/us-east-1", image_id: { "us-east-1": "ami-2" } }],
    ],
    [
      "{image_id: ami-1, infra: aws/us-east-1}",
      { infra: "aws/us-west-2" },
      [{ infra: "aws/us-west-2", image_id: { "us-east-1": "ami-1" } }],
    ],
    [
      "{accelerators: A100}",
      { gpus: "tpu-v2-8" },
      [{ infra: "gcp", accelerators: { "tpu-v2-8": 1 }, accelerator_args: { runtime_version: "tpu-vm-base" } }],
    ],
    ["{accelerators: A100}", { gpus: "none" }, [{}]],
    [
      "{disk_tier: high, network_tier: best, local_disk: nvme, priority: 5, memory: 4, instance_type: x}",
      {
        diskTier: "none",
        networkTier: "none",
        localDisk: "none",
        priority: "none",
        memory: "none",
        instanceType: "none",
      },
      [{}],
    ],
    ["{priority: 5}", { priority: "7" }, [{ priority: 7 }]],
    ["{}", { priority: "urgent" }, [{ priority_class: "urgent" }]],
    ["{use_spot: true, labels: {a: b}}", { useSpot: false }, [{ use_spot: false, labels: { a: "b" } }]],
    ["{infra: ssh/p}", { cloud: "none" }, [{ infra: "*/p" }]],
    ["{image_id: ami-1}", { infra: "k8s" }, [{ infra: "kubernetes", image_id: { null: "docker:ami-1" } }]],
    ["{disk_size: 100}", { diskSize: 256 }, [{ disk_size: 256 }]],
    [
      "{infra: aws}",
      { memory: "16GB+", cpus: "8+", diskTier: "HIGH", diskSize: 100 },
      [{ infra: "aws", cpus: "8+", memory: "16.0+", disk_tier: "high", disk_size: 100 }],
    ],
    ["{job_recovery: failover}", { jobRecovery: "none" }, [{}]],
  ])("%s with %j", (resources, overrides, expected) => {
    expect(alternatives(resources, overrides)).toEqual(expected as unknown[]);
  });

  test("what is not about resources is laid over too", () => {
    const task = overridden(
      "name: x\nnum_nodes: 3\nworkdir: {url: u}\nenvs: {A: y}\nsecrets: ['secrets:C']\nconfig: {docker: {run_options: a}}",
      {
        name: "y",
        numNodes: 2,
        gitRef: "main",
        env: { A: "x", B: "z" },
        secrets: { C: "d" },
        config: { gcp: { vpc_name: "v" } },
      },
    );

    expect([task.name, task.numNodes, task.workdir]).toEqual(["y", 2, { url: "u", ref: "main" }]);
    expect(task.envs).toEqual({ A: "x", B: "z" });
    expect([task.secrets, task.secretReferences]).toEqual([{ C: "d" }, []]);
    expect(task.config).toEqual({ docker: { run_options: "a" }, gcp: { vpc_name: "v" } });
    expect(task.resources.alternatives[0]?.configOverrides).toEqual(task.config);
  });

  test("a flag's value is judged like the key's, and named as the flag", () => {
    expect(refusals("run: x", { cpus: "abc" })).toEqual([
      "ValueError: --cpus: 'cpus' is neither a number nor '<number>+': 'abc'",
    ]);
    expect(refusals("run: x", { priority: "70000" })).toEqual([
      "ValueError: --priority must be between -1000 and 1000, found 70000",
    ]);
    expect(refusals("run: x", { numNodes: 0 })).toEqual([
      "ValueError: --num-nodes must be a whole number above 0, found 0",
    ]);
    expect(refusals("run: x", { infra: "aws", region: "r" })).toHaveLength(1);
    expect(refusals("run: x", { workdir: ".", gitUrl: "u" })).toHaveLength(1);
    expect(refusals("run: x", { ports: ["none", "80"] }).length).toBeGreaterThan(0);
    expect(refusals("run: x", { cloud: "moon" })).toHaveLength(1);
    expect(refusals("resources: {infra: aws}", { gpus: "tpu-v2-8" })).toEqual([
      "AssertionError: 'tpu-v2-8' is on gcp and kubernetes only, not on 'aws'",
    ]);
  });

  test("several tasks take variables and folders only, and say what they left out", () => {
    const result = applyOverridesToDag(dagOf("name: p\n---\nrun: a\n---\nrun: b\n"), { cpus: "4", env: { A: "b" } });

    expect(result.ok && result.ignored).toEqual(["cpus"]);
    expect(result.ok && result.dag.tasks.map((task) => [task.envs, task.resources.alternatives])).toEqual([
      [{ A: "b" }, [{}]],
      [{ A: "b" }, [{}]],
    ]);
  });
});
