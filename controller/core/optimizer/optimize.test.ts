// SkyPilot's selection rules, cloud by cloud, over the embedded prices; blocked offers, failures and what is said then.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { openCatalog, withPrivateOffers } from "#catalog/load.ts";
import { rowsOf } from "#catalog/refresh/rows.ts";
import { withZoneNames } from "#catalog/zone-names.ts";
import type { Resources } from "#shared/task/task.ts";
import { optimize } from "./optimize.ts";
import { optimizeGroup } from "./job-group.ts";
import type { Candidate, Infeasible, OptimizeRequest, Plan } from "./request.ts";

const catalog = openCatalog();
const ALL = [
  "aws",
  "azure",
  "cudo",
  "do",
  "fluidstack",
  "gcp",
  "hyperbolic",
  "ibm",
  "lambda",
  "nebius",
  "oci",
  "paperspace",
  "runpod",
  "scp",
  "seeweb",
  "shadeform",
  "vast",
  "verda",
];

function ask(
  wish: Resources | readonly Resources[],
  more: Partial<OptimizeRequest> & { readonly numNodes?: number; readonly kind?: "set" | "list" } = {},
): Plan | Infeasible {
  const { numNodes = 1, kind = "set", ...rest } = more;
  const alternatives = Array.isArray(wish) ? (wish as readonly Resources[]) : [wish as Resources];
  return optimize({
    tasks: [{ name: "t", numNodes, resources: { kind, alternatives } }],
    enabledClouds: ALL,
    target: "cost",
    view: (cloud) => catalog.view(cloud),
    ...rest,
  });
}

function chosen(plan: Plan | Infeasible): Candidate {
  const candidate = plan.kind === "plan" ? plan.tasks[0]?.chosen.candidate : undefined;
  if (candidate === undefined)
    throw new Error(plan.kind === "infeasible" ? `${plan.message}: ${plan.hint}` : "no task");
  return candidate;
}

function failure(plan: Plan | Infeasible): Infeasible {
  if (plan.kind === "plan") throw new Error(`a plan: ${chosen(plan).instanceType}`);
  return plan;
}

const quantity = (text: string) => ({ value: Number.parseFloat(text), atLeast: text.endsWith("+") });

// Machines that test may be busy with other things.
setDefaultTimeout(120_000);

describe("core/optimizer: defaults", () => {
  test.each([
    ["aws", "m6i.2xlarge", 8, 32],
    ["azure", "Standard_D8s_v5", 8, 32],
    ["gcp", "n4-standard-8", 8, 32],
    ["oci", "VM.Standard.E4.Flex$_8_32", 8, 32],
    ["ibm", "bx2-8x32", 8, 32],
    ["lambda", "gpu_1x_a10", 30, 200],
    ["scp", "s1v8m16", 8, 16],
    ["fluidstack", "RTX_A6000_48GB::1", 6, 55],
    ["seeweb", "eCS1", 1, 1],
    ["verda", "CPU.4V.16G", 4, 16],
    ["do", "s-4vcpu-8gb", 4, 8],
  ])("%s gives %s when nothing is asked for", (cloud, instanceType, cpus, memoryGib) => {
    expect(chosen(ask({ cloud }))).toMatchObject({ cloud, instanceType, cpus, memoryGib });
  });

  test("memory follows the vCPUs that are asked for, and vCPUs are free when only memory is", () => {
    expect(chosen(ask({ cloud: "aws", cpus: quantity("4") }))).toMatchObject({
      instanceType: "m6i.xlarge",
      memoryGib: 16,
    });
    const memoryOnly = chosen(ask({ cloud: "aws", memory: { ...quantity("4"), perCpu: false } }));
    expect(memoryOnly.memoryGib).toBe(4);
    expect(memoryOnly.cpus).toBe(2);
  });

  test("a type outside the default families is had by name only", () => {
    expect(chosen(ask({ cloud: "aws", cpus: quantity("2+") })).instanceType).not.toStartWith("t3");
    expect(chosen(ask({ instanceType: "t3.micro" }))).toMatchObject({
      cloud: "aws",
      instanceType: "t3.micro",
      priceUsdPerHour: 0.0104,
    });
  });
});

describe("core/optimizer: devices", () => {
  test.each([
    ["T4", 1, "n1-highmem-4", 4],
    ["T4", 2, "n1-highmem-8", 8],
    ["T4", 4, "n1-standard-64", 64],
    ["V100", 1, "n1-highmem-8", 8],
    ["V100", 8, "n1-highmem-64", 64],
    ["P100", 2, "n1-highmem-16", 16],
    ["P4", 1, "n1-highmem-8", 8],
    ["A100", 1, "a2-highgpu-1g", 12],
    ["A100", 16, "a2-megagpu-16g", 96],
    ["A100-80GB", 4, "a2-ultragpu-4g", 48],
    ["L4", 1, "g2-standard-4", 4],
    ["L4", 8, "g2-standard-96", 96],
    ["H100", 8, "a3-highgpu-8g", 208],
    ["H100-MEGA", 8, "a3-megagpu-8g", 208],
  ])("gcp puts %s:%d on %s", (name, count, instanceType, cpus) => {
    expect(chosen(ask({ cloud: "gcp", accelerator: { name, count } }))).toMatchObject({
      instanceType,
      cpus,
      accelerator: { name, count },
    });
  });

  test("the name is a regular expression over the whole name, whatever its case", () => {
    expect(chosen(ask({ cloud: "aws", accelerator: { name: "a10g", count: 1 } })).accelerator?.name).toBe("A10G");
    expect(chosen(ask({ cloud: "aws", accelerator: { name: "A10G|L4", count: 1 } })).accelerator?.name).toBe("L4");
    expect(failure(ask({ cloud: "aws", accelerator: { name: "A10", count: 1 } })).suggestions).toContain("A10G:1");
  });

  test("a host must be able to hold the devices that are named with it", () => {
    const wish = { cloud: "gcp", accelerator: { name: "T4", count: 1 } };

    expect(chosen(ask({ ...wish, instanceType: "n1-standard-8" })).priceUsdPerHour).toBeCloseTo(0.729998, 6);
    expect(failure(ask({ ...wish, instanceType: "n1-standard-96" }))).toMatchObject({
      exception: "ResourcesMismatchError",
    });
    expect(failure(ask({ ...wish, instanceType: "n2-standard-8" })).exception).toBe("ResourcesMismatchError");
  });

  test("slices are rented without a host, whatever size is asked for", () => {
    expect(
      chosen(ask({ cloud: "gcp", cpus: quantity("200+"), accelerator: { name: "tpu-v4-8", count: 1 } })),
    ).toMatchObject({ instanceType: "TPU-VM", cpus: null, priceUsdPerHour: 12.88 });
  });
});

describe("core/optimizer: places and prices", () => {
  test("equal prices go to the regions that come first for the cloud", () => {
    expect(chosen(ask({ cloud: "aws", cpus: quantity("8") })).region).toBe("us-east-1");
    expect(chosen(ask({ cloud: "seeweb" })).region).toBe("it-fr2");
  });

  test("on demand any zone of the region may be tried; spot and gcp name the zone", () => {
    const demand = chosen(ask({ cloud: "aws", region: "us-east-1", cpus: quantity("8") }));
    const spot = chosen(ask({ cloud: "aws", region: "us-east-1", useSpot: true, instanceType: "m6i.2xlarge" }));

    expect(demand.zone).toBeNull();
    expect(demand.zones.length).toBeGreaterThan(2);
    expect(spot).toMatchObject({ zone: "use1-az5", zones: ["use1-az5"], priceUsdPerHour: 0.1134 });
    expect(chosen(ask({ cloud: "gcp", instanceType: "n2-standard-8" })).zone).toBe("us-central1-a");
  });

  test("the ceiling holds for the whole machine, devices included", () => {
    const wish = { cloud: "gcp", accelerator: { name: "A100", count: 8 } };

    expect(chosen(ask({ ...wish, maxHourlyCost: 29.4 })).priceUsdPerHour).toBeLessThanOrEqual(29.4);
    expect(failure(ask({ ...wish, maxHourlyCost: 20 })).relax).toMatchObject({
      field: "max_hourly_cost",
      cheapestUsdPerHour: 29.38708,
    });
  });

  test("every price says when it was seen", () => {
    expect(chosen(ask({ cloud: "gcp", cpus: quantity("8") }))).toMatchObject({
      asOf: "2026-07-30",
      source: "Cyclenerd pricing.yml",
    });
    expect(chosen(ask({ cloud: "aws", instanceType: "m6i.2xlarge", useSpot: true })).asOf).toBe("2024-11");
  });

  test("a map of images keeps to its regions", () => {
    expect(
      chosen(ask({ cloud: "aws", cpus: quantity("8"), imageId: { "eu-west-1": "ami-1", "ap-south-1": "ami-2" } }))
        .region,
    ).toBe("ap-south-1");
  });

  test("nodes that are already paid for cost nothing again", () => {
    const plan = ask(
      { cloud: "aws", instanceType: "m6i.2xlarge" },
      { numNodes: 4, reservedNodes: ({ region }) => (region === "eu-west-1" ? 3 : 0) },
    );

    expect(chosen(plan).region).toBe("eu-west-1");
    expect(plan.kind === "plan" && plan.costUsd).toBeCloseTo(chosen(plan).priceUsdPerHour, 6);
  });
});

describe("core/optimizer: features", () => {
  test.each<[string, Resources, number, string]>([
    ["spot where there is none", { cloud: "lambda", useSpot: true }, 1, "Spot instances are not supported in Lambda."],
    [
      "several nodes",
      { cloud: "runpod", accelerator: { name: "RTX4090", count: 1 } },
      2,
      "Multi-node is not supported in RunPod.",
    ],
  ])("%s is refused with the reason", (_, wish, numNodes, reason) => {
    expect(failure(ask(wish, { numNodes })).reasons[0]?.reason).toBe(reason);
  });

  test("a disk tier leaves out the clouds that have it not", () => {
    const reasons = failure(ask({ diskTier: "ultra", accelerator: { name: "RTX4090", count: 1 } })).reasons;

    expect(reasons.find(({ cloud }) => cloud === "azure")?.reason).toBe(
      "The disk tier 'ultra' is not supported in Azure.",
    );
    expect(reasons.find(({ cloud }) => cloud === "runpod")?.reason).toBe(
      "Custom disk tiers are not supported in RunPod.",
    );
  });

  test("the fast network of nebius comes with eight large devices only", () => {
    expect(chosen(ask({ cloud: "nebius", networkTier: "best", accelerator: { name: "H100", count: 8 } })).cloud).toBe(
      "nebius",
    );
    expect(
      failure(ask({ cloud: "nebius", networkTier: "best", accelerator: { name: "H100", count: 1 } })).exception,
    ).toBe("ResourcesUnavailableError");
  });

  test("premium disks of azure need a size that takes them", () => {
    expect(
      chosen(ask({ cloud: "azure", diskTier: "high", accelerator: { name: "V100", count: 1 } })).instanceType,
    ).toBe("Standard_NC6s_v3");
    expect(failure(ask({ cloud: "azure", diskTier: "high", instanceType: "Standard_NC6_Promo" })).exception).toBe(
      "ResourcesUnavailableError",
    );
  });

  test("local disks are met exactly or at least", () => {
    const disk = (text: string) => ({ mode: "nvme" as const, sizeGb: quantity(text) });

    expect(chosen(ask({ localDisk: disk("474"), cloud: "aws" })).instanceType).toBe("m6id.2xlarge");
    expect(chosen(ask({ localDisk: disk("5000+"), cloud: "aws" })).instanceType).toBe("m6id.24xlarge");
    expect(failure(ask({ localDisk: disk("300+"), cloud: "gcp" })).exception).toBe("NotSupportedError");
  });
});

describe("core/optimizer: alternatives", () => {
  test("of a set the cheapest wins, of a list the first that can be had", () => {
    const wishes = [
      { accelerator: { name: "A100", count: 3 } },
      { cloud: "aws", accelerator: { name: "T4", count: 1 } },
      { cloud: "seeweb", accelerator: { name: "L4", count: 1 } },
    ];

    expect(chosen(ask(wishes)).accelerator?.name).toBe("L4");
    expect(chosen(ask(wishes, { kind: "list" })).accelerator?.name).toBe("T4");
  });

  test("an alternative on a cloud that is not enabled is passed over with a warning", () => {
    const plan = ask([{ cloud: "aws" }, { cloud: "gcp" }], { enabledClouds: ["gcp"] });

    expect(chosen(plan).cloud).toBe("gcp");
    expect(plan.kind === "plan" && plan.warnings[0]).toContain("'AWS' is asked for but not enabled");
    expect(failure(ask({ cloud: "aws" }, { enabledClouds: ["gcp"] }))).toMatchObject({
      exception: "ResourcesUnavailableError",
    });
  });
});

describe("core/optimizer: blocked offers", () => {
  test("zones, regions, types, spot and whole clouds are passed over", () => {
    const wish = { instanceType: "m6i.2xlarge" };
    const first = chosen(ask(wish));

    expect(chosen(ask(wish, { blocked: [{ cloud: "aws", region: "us-east-1" }] })).region).toBe("us-east-2");
    expect(chosen(ask(wish, { blocked: [{ cloud: "aws", zone: "use1-az1" }] })).zones).toEqual(
      first.zones.filter((zone) => zone !== "use1-az1"),
    );
    expect(chosen(ask(wish, { blocked: first.zones.map((zone) => ({ cloud: "aws", zone })) })).region).toBe(
      "us-east-2",
    );
    expect(chosen(ask(wish, { blocked: [{ cloud: "aws", region: "us-east-1", useSpot: true }] })).region).toBe(
      "us-east-1",
    );
    expect(failure(ask(wish, { blocked: [{ cloud: "aws" }] })).reasons[0]?.reason).toBe("AWS is blocked");
    expect(
      chosen(ask({ cpus: quantity("8+"), cloud: "aws" }, { blocked: [{ instanceType: "m6i.2xlarge" }] })).instanceType,
    ).not.toBe("m6i.2xlarge");
    expect(
      chosen(
        ask(
          { cloud: "gcp", accelerator: { name: "T4|P4", count: 1 } },
          { blocked: [{ cloud: "gcp", accelerator: { name: "T4", count: 1 } }] },
        ),
      ).accelerator?.name,
    ).toBe("P4");
  });
});

describe("core/optimizer: what is wrong with a request", () => {
  test.each<[string, Resources, string, string, string]>([
    [
      "a region nearly right",
      { cloud: "aws", region: "us-east-11" },
      "ValueError",
      "invalid region 'us-east-11'",
      "us-east-1",
    ],
    [
      "a region of no likeness",
      { cloud: "aws", region: "moon" },
      "ValueError",
      "invalid region 'moon'",
      "regions of AWS: af-south-1",
    ],
    [
      "a zone that is not there",
      { cloud: "gcp", region: "us-central1", zone: "us-central1-q" },
      "ValueError",
      "invalid zone 'us-central1-q'",
      "us-central1-a",
    ],
    [
      "a zone where there are none",
      { cloud: "azure", zone: "1" },
      "ValueError",
      "Azure does not support zones",
      "leave out",
    ],
    [
      "a disk tier of other clouds",
      { cloud: "lambda", diskTier: "high" },
      "ValueError",
      "the disk tier 'high' is not supported in Lambda",
      "best",
    ],
    [
      "a disk tier too high",
      { cloud: "azure", diskTier: "ultra" },
      "ValueError",
      "the disk tier 'ultra' is not supported in Azure",
      "low, medium, high, best",
    ],
    [
      "containers where there are none",
      { cloud: "ibm", imageId: { "": "docker:ubuntu" } },
      "NotSupportedError",
      "container images are not supported in IBM",
      "leave out image_id",
    ],
    [
      "ports that cannot be opened",
      { cloud: "verda", ports: ["80"] },
      "NotSupportedError",
      "open ports are not supported in Verda",
      "leave out ports",
    ],
    [
      "a region of several clouds",
      { region: "us-east-1" },
      "ValueError",
      "the cloud cannot be inferred",
      "infra: aws/us-east-1",
    ],
    ["a region of no cloud", { region: "atlantis" }, "ValueError", "no enabled cloud has", "infra"],
    [
      "a type nearly right",
      { cloud: "aws", instanceType: "m6i.2xlrge" },
      "ValueError",
      "no instance type 'm6i.2xlrge'",
      "m6i.2xlarge",
    ],
    ["a type of no cloud", { instanceType: "m99.huge" }, "ValueError", "no enabled cloud has the instance type", ""],
    [
      "a type with too few vCPUs",
      { instanceType: "m6i.2xlarge", cpus: quantity("16+") },
      "ValueError",
      "has 8 vCPUs, but 16+",
      "leave out cpus",
    ],
    [
      "a type without the devices",
      { instanceType: "m6i.2xlarge", accelerator: { name: "A100", count: 8 } },
      "ResourcesMismatchError",
      "does not have A100:8",
      "leave out",
    ],
    [
      "devices nobody has",
      { accelerator: { name: "V100", count: 3 } },
      "ResourcesUnavailableError",
      "no offer fits the request of task 't': V100:3",
      "V100:4",
    ],
    [
      "more devices than any machine has",
      { accelerator: { name: "T4", count: 20 } },
      "ResourcesUnavailableError",
      "T4:20",
      "no machine has more than T4:8; 3 nodes of that have as many: num_nodes: 3",
    ],
    [
      "a zone of no likeness, of eighty",
      { cloud: "aws", zone: "qqq" },
      "ValueError",
      "invalid zone 'qqq' for AWS",
      "zones of AWS: afs1-az1, afs1-az2",
    ],
  ])("%s is named, with what to write instead", (_, wish, exception, message, hint) => {
    const found = failure(ask(wish));

    expect(found.exception).toBe(exception as Infeasible["exception"]);
    expect(found.message).toContain(message);
    expect(found.hint).toContain(hint);
  });

  test.each([
    [
      "FOO",
      "unknown accelerator 'FOO'",
      "stix gpus list --all shows every accelerator",
      ["No resource satisfying <Cloud>({'FOO': 1}) on [AWS, GCP, Azure].", "- aws: AWS does not offer FOO:1"],
    ],
    [
      "H1OO",
      "unknown accelerator 'H1OO'",
      "did you mean H100? stix gpus list --all",
      ["No resource satisfying <Cloud>({'H1OO': 1}) on [AWS, GCP, Azure].", "Did you mean: ['H100']"],
    ],
    [
      "a\nb",
      "a\\nb:1",
      "",
      ["No resource satisfying <Cloud>({'a\\nb': 1}) on [AWS, GCP, Azure].", "- aws: AWS does not offer a\\nb:1"],
    ],
  ])("an accelerator that nobody knows is called unknown, with the likest name: %j", (name, message, hint, story) => {
    const found = failure(
      ask({ accelerator: { name, count: 1 } }, { devices: catalog.devices(), enabledClouds: ["aws", "gcp", "azure"] }),
    );

    expect(found.exception).toBe("ResourcesUnavailableError");
    expect(found.message).toContain(message);
    expect(found.hint).toStartWith(hint);
    expect(found.story.slice(0, 2)).toEqual(story);
  });

  test("the log says what was asked and what is near, as SkyPilot's does", () => {
    const wish: Resources = {
      cloud: "aws",
      region: "us-east-1",
      accelerator: { name: "A100", count: 3 },
      useSpot: true,
      cpus: quantity("4+"),
    };
    const { story, message } = failure(ask(wish, { devices: catalog.devices() }));

    expect(story).toEqual([
      "No resource satisfying AWS([Spot], cpus=4+, {'A100': 3}, region=us-east-1) on AWS.",
      "Did you mean: ['A100-80GB:8', 'A100:8']",
    ]);
    expect(message).toBe("no offer fits the request of task 't': A100:3, 4+ vCPUs, spot, in aws/us-east-1");
  });

  test("AWS zones are known by id, by an account's names, and by names whose account is not known", () => {
    const named = {
      ...catalog.view("aws"),
      table: withZoneNames(catalog.view("aws").table, new Map([["use1-az1", "us-east-1d"]])),
    };
    const view = (cloud: string) => (cloud === "aws" ? named : catalog.view(cloud));
    const wish = (zone: string): Resources => ({ cloud: "aws", region: "us-east-1", zone, cpus: quantity("8+") });

    expect(chosen(ask(wish("use1-az1")))).toMatchObject({ region: "us-east-1", zone: "use1-az1" });
    expect(chosen(ask(wish("use1-az1"), { view }))).toMatchObject({ zone: "us-east-1d" });
    expect(chosen(ask(wish("us-east-1d"), { view }))).toMatchObject({ zone: "us-east-1d" });
    expect(failure(ask(wish("us-east-1a"), { view })).hint).toContain("us-east-1d");
    const guessed = ask(wish("us-east-1a"));
    expect(chosen(guessed)).toMatchObject({ region: "us-east-1", zone: null });
    expect(guessed.kind === "plan" && guessed.warnings[0]).toStartWith(
      "which zone is 'us-east-1a' depends on the account, so the prices are those of us-east-1; by id its zones are use1-az1",
    );
    expect(chosen(ask({ zone: "us-west-2b", cpus: quantity("8+") }))).toMatchObject({
      cloud: "aws",
      region: "us-west-2",
    });
    expect(failure(ask(wish("us-west-2a"))).message).toContain("invalid zone 'us-west-2a' for region 'us-east-1'");
  });

  test("a device name that may mean several is refused with their names", () => {
    expect(failure(ask({ accelerator: { name: "RTX", count: 1 } }, { devices: catalog.devices() }))).toMatchObject({
      exception: "ValueError",
    });
  });

  test("the one wish whose absence would help is named with what it would cost", () => {
    expect(
      failure(ask({ cloud: "aws", region: "us-west-1", accelerator: { name: "A100", count: 8 } })).relax,
    ).toMatchObject({ field: "region" });
    expect(failure(ask({ cloud: "fluidstack", accelerator: { name: "T4", count: 1 } })).relax?.field).toBe("infra");
    expect(failure(ask({ accelerator: { name: "X9000", count: 1 } })).relax?.field).toBe("accelerators");
  });
});

describe("core/optimizer: machines of one's own", () => {
  const machine = {
    cloud: "local",
    region: "local",
    zone: null,
    instanceType: "machine",
    cpus: 16,
    memoryGib: 64,
    accelerator: null,
    virtual: false,
    priceUsdPerHour: 0,
  };
  const node = {
    ...machine,
    cloud: "kubernetes",
    region: "my-context",
    instanceType: "node",
    accelerator: { name: "A100", count: 8 },
  };
  const own = withPrivateOffers(catalog, [machine, node]);
  const view = (cloud: string) => own.view(cloud);

  test("this machine is chosen when it is named or nothing else is enabled, not because it is free", () => {
    expect(chosen(ask({ cpus: quantity("4+") }, { view, enabledClouds: ["local", "aws"] })).cloud).toBe("aws");
    expect(chosen(ask({ cloud: "local", cpus: quantity("4+") }, { view, enabledClouds: ["local", "aws"] })).cloud).toBe(
      "local",
    );
    expect(chosen(ask({ cpus: quantity("4+") }, { view, enabledClouds: ["local"] })).cloud).toBe("local");
  });

  test("a cluster's nodes are cut to the request", () => {
    const cut = (wish: Resources) =>
      chosen(ask({ cloud: "kubernetes", ...wish }, { view, enabledClouds: ["kubernetes"] })).instanceType;

    expect(cut({})).toBe("2CPU--2GB");
    expect(cut({ cpus: quantity("4+") })).toBe("4CPU--4GB");
    expect(cut({ cpus: quantity("4"), memory: { value: 3, atLeast: true, perCpu: true } })).toBe("4CPU--12GB");
    expect(cut({ accelerator: { name: "a100", count: 2 } })).toBe("8CPU--32GB--A100:2");
    expect(
      failure(ask({ cloud: "kubernetes", cpus: quantity("64+") }, { view, enabledClouds: ["kubernetes"] })).exception,
    ).toBe("ResourcesUnavailableError");
  });
});

describe("core/optimizer: groups", () => {
  const task = (name: string, wish: Resources) => ({
    name,
    numNodes: 1,
    resources: { kind: "set" as const, alternatives: [wish] },
  });
  const request = (tasks: OptimizeRequest["tasks"]): OptimizeRequest => ({
    tasks,
    enabledClouds: ["aws", "gcp", "azure"],
    target: "cost",
    view: (cloud) => catalog.view(cloud),
  });

  test("tasks that run side by side share the region where their sum is least", () => {
    const tasks = [task("a", { accelerator: { name: "A100", count: 8 } }), task("b", { cpus: quantity("8+") })];
    const plan = optimizeGroup(request(tasks), undefined);
    if (plan.kind !== "plan") throw new Error(plan.message);

    const places = new Set(plan.tasks.map(({ chosen: { candidate } }) => `${candidate.cloud}/${candidate.region}`));
    expect(places.size).toBe(1);
    const apart = optimize(request(tasks));
    expect(apart.kind === "plan" && apart.costUsd).toBeLessThanOrEqual(plan.costUsd);
    expect(plan.warnings[0]).toContain("not connected");
  });

  test("tasks that are pinned apart, or want no connection, are planned each by itself", () => {
    const tasks = [task("a", { cloud: "aws" }), task("b", { cloud: "gcp" })];

    for (const connection of [undefined, false]) {
      const plan = optimizeGroup(request(tasks), connection);
      expect(plan.kind === "plan" && plan.tasks.map((one) => one.chosen.candidate.cloud)).toEqual(["aws", "gcp"]);
    }
  });
});

describe("catalog/refresh/rows", () => {
  test("every embedded row can be read back as a row", () => {
    expect(ALL.every((cloud) => rowsOf(catalog.view(cloud).table).every((row) => row.region !== ""))).toBe(true);
  });
});
