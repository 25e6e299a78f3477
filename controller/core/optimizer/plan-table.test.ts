// What people and programs read of a plan: tables to the letter, reasons, lists of offers.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { listAcceleratorCounts, listAccelerators } from "#catalog/accelerators.ts";
import hazards from "#catalog/data/spot-hazard.json";
import { openCatalog } from "#catalog/load.ts";
import { expectedPrice, lossesPerHour } from "./expected-cost.ts";
import { explain } from "./explain.ts";
import { listOffers, offersJson, offersText } from "./offers.ts";
import { optimize } from "./optimize.ts";
import { planJson, planText } from "./plan-table.ts";
import type { OptimizeRequest, Plan, TaskRequest } from "./request.ts";
import type { Resources } from "#shared/task/task.ts";

const catalog = openCatalog();
const view = (cloud: string) => catalog.view(cloud);

function task(wish: Resources, more: Partial<TaskRequest> = {}): TaskRequest {
  return { name: "t", numNodes: 1, resources: { kind: "set", alternatives: [wish] }, ...more };
}

function world(enabledClouds: readonly string[]): Omit<OptimizeRequest, "tasks"> {
  return { enabledClouds, target: "cost", view };
}

function planOf(request: OptimizeRequest): Plan {
  const plan = optimize(request);
  if (plan.kind !== "plan") throw new Error(plan.message);
  return plan;
}

const CPUS = { cpus: { value: 2, atLeast: true } };

// Machines that test may be busy with other things.
setDefaultTimeout(120_000);

describe("core/optimizer/plan-table", () => {
  test("one task is printed as SkyPilot prints it, with the days of its prices", () => {
    const plan = planOf({ tasks: [task(CPUS)], ...world(["fluidstack", "hyperbolic"]) });

    expect(planText(plan, { view }).split("\n")).toEqual([
      "Considered resources (1 node):",
      "-----------------------------------------------------------------------------------------------",
      " INFRA                  INSTANCE            vCPUs   Mem(GB)   GPUS         COST ($)   CHOSEN   ",
      "-----------------------------------------------------------------------------------------------",
      " Fluidstack (CANADA)    RTX_A6000_48GB::1   6       55        RTXA6000:1   0.70          ✔     ",
      " Hyperbolic (default)   1x-H100-75-722      75      722       H100:1       1.29                ",
      "-----------------------------------------------------------------------------------------------",
      "Prices seen: Fluidstack 2024-11-03, Hyperbolic 2025",
    ]);
  });

  test("on a terminal of 80, 60 or 40 columns no line is wider, and place, devices, price and choice stay", () => {
    const plan = planOf({
      tasks: [task({ accelerator: { name: "A100", count: 8 } })],
      ...world(["aws", "gcp", "azure", "lambda"]),
    });

    for (const columns of [80, 60, 40]) {
      const lines = planText(plan, { view, columns }).split("\n");
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      expect(lines.find((line) => line.includes("✔"))).toMatch(/Lambda \(.*\).* A100:8 +15\.92 +✔/);
    }
    expect(planText(plan, { view, columns: 200 })).toBe(planText(plan, { view }));
  });

  test("colour takes no width", () => {
    const plan = planOf({ tasks: [task(CPUS)], ...world(["fluidstack", "hyperbolic"]) });

    expect(planText(plan, { view, isColored: true }).split("\n")[4]).toBe(
      " Fluidstack (CANADA)    RTX_A6000_48GB::1   6       55        RTXA6000:1   0.70       \u001b[32m   ✔\u001b[0m     ",
    );
  });

  test("a pipeline has its best plan, the data it moves and each task's offers", () => {
    const tasks = [
      task(
        { cloud: "aws", region: "us-east-1", accelerator: { name: "T4", count: 1 } },
        { name: "train", outputsGb: 100, runtimeSeconds: 7200 },
      ),
      task({ cloud: "gcp", region: "us-central1", cpus: { value: 8, atLeast: true } }, { name: "judge", numNodes: 2 }),
    ];
    const plan = planOf({ tasks, edges: [[0, 1]], ...world(["aws", "gcp"]) });

    expect(planText(plan, { view }).split("\n")).toEqual(
      [
        "Target: minimizing cost",
        "Estimated total runtime: 3.0 hours",
        "Estimated total cost: $10.7",
        "",
        "Best plan: ",
        "-------------------------------------------------------------------------------------------",
        " TASK    #NODES   INFRA               INSTANCE        vCPUs   Mem(GB)   GPUS   ",
        "-------------------------------------------------------------------------------------------",
      ]
        .map((line, index) => (index === 5 || index === 7 ? expect.stringMatching(/^-+$/) : line))
        .concat([
          expect.stringMatching(/^ train {3}1 {8}AWS \(us-east-1\) {5}g4dn\.xlarge {5}4 {7}16 {8}T4:1 {3}$/),
          expect.stringMatching(/^ judge {3}2 {8}GCP \(us-central1\) {3}n4-standard-8 {3}8 {7}32 {8}- {6}$/),
          expect.stringMatching(/^-+$/),
          "",
          "Egress plan:",
          expect.stringMatching(/^-+$/),
          " SOURCE        TARGET        SIZE (GB)   COST ($)   ",
          expect.stringMatching(/^-+$/),
          " train (aws)   judge (gcp)   100         8.9        ",
          expect.stringMatching(/^-+$/),
          "",
          "Considered resources for task 'train' (1 node):",
          expect.any(String),
          expect.any(String),
          expect.any(String),
          expect.stringContaining("1.05"),
          expect.any(String),
          "Considered resources for task 'judge' (2 nodes):",
          expect.any(String),
          expect.any(String),
          expect.any(String),
          expect.stringContaining("0.73"),
          expect.any(String),
          expect.stringContaining(
            "Multiple AWS instances satisfy T4:1. The cheapest g4dn.xlarge is chosen among: g4dn.xlarge, g4dn.2xlarge",
          ),
          "To list more details, run: stix gpus list T4",
          expect.stringMatching(/^Prices seen: AWS 20\d\d-\d\d-\d\d, GCP 2026-07-30$/),
        ]),
    );
  });

  test("the JSON form has every task's place, price, day and alternatives", () => {
    const plan = planOf({
      tasks: [task({ accelerator: { name: "L4", count: 1 } })],
      ...world(["aws", "gcp", "seeweb"]),
    });

    expect(planJson(plan)).toMatchObject({
      target: "cost",
      total_cost: 0.38,
      tasks: [
        {
          cloud: "seeweb",
          region: "it-fr2",
          zone: null,
          instance_type: "ECS1GPU6",
          accelerators: { L4: 1 },
          use_spot: false,
          price_per_hour: 0.38,
          as_of: "2026-08",
          alternatives: [{ cloud: "gcp" }, { cloud: "aws" }],
        },
      ],
    });
  });
});

describe("core/optimizer/explain", () => {
  const ask = (wish: Resources, subject: Parameters<typeof explain>[2], clouds = ["aws", "gcp", "azure", "lambda"]) =>
    explain(world(clouds), task(wish), subject);

  test("a mistyped region or type gets the likest", () => {
    expect(ask({}, { cloud: "aws", region: "us-eest-1" }).sentences[0]).toStartWith(
      "AWS has no region 'us-eest-1'; did you mean us-east-1",
    );
    expect(ask({}, { instanceType: "m6i.larg" }).sentences[0]).toContain("did you mean m6i.large");
  });

  test("the choice is explained by what the others cost and why some are left out", () => {
    const found = ask({ accelerator: { name: "T4", count: 1 }, useSpot: true }, {}, ["aws", "gcp", "lambda"]);

    expect(found.verdict).toBe("chosen");
    expect(found.sentences[0]).toContain("g4dn.xlarge (spot) with T4:1 in aws/");
    expect(found.sentences).toContain("lambda is left out: Spot instances are not supported in Lambda.");
  });

  test.each<[string, Resources, Parameters<typeof explain>[2], string, string]>([
    [
      "too few vCPUs",
      { cpus: { value: 16, atLeast: true } },
      { instanceType: "m6i.2xlarge" },
      "cpus",
      "m6i.2xlarge has 8 vCPUs, 16+ is asked for",
    ],
    ["a default it misses", { cloud: "aws" }, { instanceType: "m6i.large" }, "cpus", "8+ is the default"],
    [
      "no default family",
      { cpus: { value: 2, atLeast: true } },
      { instanceType: "t3.large" },
      "family",
      "name it with instance_type",
    ],
    [
      "too little memory",
      { memory: { value: 500, atLeast: true, perCpu: false } },
      { instanceType: "m6i.2xlarge" },
      "memory",
      "has 32 GiB",
    ],
    [
      "other devices",
      { accelerator: { name: "A100", count: 8 } },
      { instanceType: "g4dn.xlarge" },
      "accelerators",
      "has T4:1",
    ],
    ["another cloud", { cloud: "gcp" }, { cloud: "aws" }, "infra", "the request names gcp"],
    [
      "another region",
      { cloud: "aws", region: "us-east-1" },
      { cloud: "aws", region: "eu-west-1" },
      "region",
      "names the region us-east-1",
    ],
    ["a missing feature", { useSpot: true }, { cloud: "lambda" }, "features", "Spot instances are not supported"],
    ["a cloud that is off", {}, { cloud: "oci" }, "enabled", "stix check oci"],
    [
      "the ceiling",
      { maxHourlyCost: 0.3, cpus: { value: 8, atLeast: true } },
      { cloud: "aws", instanceType: "m6i.2xlarge" },
      "max_hourly_cost",
      "above the ceiling of $0.3",
    ],
    ["a type nobody has", {}, { instanceType: "m99.huge" }, "instance_type", "no enabled cloud sells 'm99.huge'"],
  ])("an offer left out by %s is told so by the first rule that did", (_, wish, subject, rule, said) => {
    const found = ask(wish, subject);

    expect(found.verdict).toBe("left-out");
    expect(found.rule).toBe(rule);
    expect(found.sentences[0]).toContain(said);
  });

  test("an offer that fits is told what it costs more", () => {
    const found = ask({ cpus: { value: 8, atLeast: true } }, { cloud: "azure" });

    expect(found).toMatchObject({ verdict: "fits", rule: "price" });
    expect(found.sentences[0]).toBe(
      "Standard_D8s_v5 in azure/eastus fits and costs $0.384, n4-standard-8 in gcp/us-central1 $0.363 ($0.021 more)",
    );
  });
});

describe("core/optimizer/offers", () => {
  test("all offers that fit are listed, cheapest first, and the limit says what it hides", () => {
    const list = listOffers(world(["aws", "gcp", "azure"]), {
      task: task({ accelerator: { name: "A100", count: 8 } }),
      limit: 3,
    });
    if ("kind" in list) throw new Error(list.message);

    expect(list.offers).toHaveLength(3);
    expect(list.count).toBeGreaterThan(20);
    expect(list.offers.map((offer) => offer.costUsd)).toEqual(
      list.offers.map((offer) => offer.costUsd).toSorted((a, b) => a - b),
    );
    expect(offersText(list, (cloud) => view(cloud).rules.display)).toEndWith(
      `${list.count - 3} more offers fit; --limit shows them`,
    );
    expect(offersJson(list)).toMatchObject({
      count: list.count,
      offers: [{ instance_type: "p4d.24xlarge", use_spot: false }, {}, {}],
    });
  });

  test("they are sorted by other columns on request", () => {
    const list = listOffers(world(["aws"]), {
      task: task({ cpus: { value: 8, atLeast: true } }),
      order: "memory",
      limit: 5,
    });
    if ("kind" in list) throw new Error(list.message);

    expect(list.offers.every((offer) => offer.candidate.memoryGib === 32)).toBe(true);
  });

  test("nothing fits with the same reasons as a plan", () => {
    expect(listOffers(world(["aws"]), { task: task({ accelerator: { name: "V100", count: 3 } }) })).toMatchObject({
      kind: "infeasible",
      exception: "ResourcesUnavailableError",
    });
  });
});

describe("core/optimizer/expected-cost", () => {
  test("machines that are taken back more often cost more by the hour of useful work", () => {
    const price = expectedPrice({ hazards });
    const inBand = (band: number | null) => price({ spotPrice: 1, band, accelerator: null });

    expect(inBand(0)).toBeGreaterThan(1);
    expect(inBand(4)).toBeGreaterThan(inBand(0));
    expect(price({ spotPrice: 1, band: 0, accelerator: "V100" })).toBeGreaterThan(1.2);
    expect(lossesPerHour([], null, 0)).toBeCloseTo(-Math.log(0.975) / 720, 12);
  });

  test("an expected price can turn a choice to on-demand", () => {
    const tasks = [
      {
        ...task({}),
        resources: {
          kind: "set" as const,
          alternatives: [
            { cloud: "aws", accelerator: { name: "V100", count: 1 }, useSpot: true },
            { cloud: "aws", accelerator: { name: "V100", count: 1 } },
          ],
        },
      },
    ];
    const ruinous = expectedPrice({ hazards: [{ device: "V100", lossesPerHour: 20 }] });

    expect(planOf({ tasks, ...world(["aws"]) }).tasks[0]?.chosen.candidate.useSpot).toBe(true);
    expect(planOf({ tasks, ...world(["aws"]), expectedPrice: ruinous }).tasks[0]?.chosen.candidate.useSpot).toBe(false);
  });
});

describe("catalog/accelerators", () => {
  test("lines have SkyPilot's form and order", () => {
    const lines = listAccelerators(["hyperbolic", "lambda"].map(view), {
      gpusOnly: true,
      name: "^H100$",
      isCaseSensitive: true,
    });

    expect(JSON.parse(JSON.stringify(lines))).toEqual({
      H100: [
        ["Hyperbolic", "1x-H100-75-722", "H100", 1, 75, 80, 722, 1.29, null, "default"],
        ["Hyperbolic", "2x-H100-149-1443", "H100", 2, 149, 80, 1443, 2.58, null, "default"],
        ["Hyperbolic", "3x-H100-224-2165", "H100", 3, 224, 80, 2165, 3.87, null, "default"],
        ["Lambda", "gpu_1x_h100_pcie", "H100", 1, 26, 80, 200, 3.29, null, "us-east-1"],
        ["Lambda", "gpu_1x_h100_sxm5", "H100", 1, 26, 80, 225, 4.29, null, "us-east-1"],
        ["Lambda", "gpu_2x_h100_sxm5", "H100", 2, 52, 80, 450, 8.38, null, "us-east-1"],
        ["Lambda", "gpu_4x_h100_sxm5", "H100", 4, 104, 80, 900, 16.36, null, "us-east-1"],
        ["Lambda", "gpu_8x_h100_sxm5", "H100", 8, 208, 80, 1800, 31.92, null, "us-east-1"],
      ],
    });
  });

  test("the cheapest line of a type stands for it, or one of each region", () => {
    const filter = { name: "^H100$", quantity: 8 };
    const aws = listAccelerators([view("aws")], filter)["H100"] ?? [];

    expect(aws[0]?.slice(0, 2)).toEqual(["AWS", "p5.48xlarge"]);
    expect(aws[0]?.slice(7)).toEqual([55.04, 9.279043, "us-west-2"]);
    expect((listAccelerators([view("aws")], { ...filter, allRegions: true })["H100"] ?? []).length).toBeGreaterThan(
      aws.length,
    );
  });

  test("counts are sorted and single", () => {
    const counts = listAcceleratorCounts(["aws", "gcp"].map(view), { gpusOnly: true, name: "^(T4|A100)$" });

    expect(counts).toEqual({ A100: [1, 2, 4, 8, 16], T4: [1, 2, 4, 8] });
  });
});
