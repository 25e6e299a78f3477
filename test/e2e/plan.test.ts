// Plans, offers and reasons of the compiled executables: embedded prices, lists that users edit, and what is said when nothing fits.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment } from "./harness.ts";

interface PlannedTask {
  readonly cloud: string;
  readonly region: string;
  readonly instance_type: string;
  readonly price_per_hour: number;
  readonly as_of: string | null;
  readonly alternatives: readonly { readonly cloud: string; readonly price_per_hour: number }[];
}

interface PlanDocument {
  readonly total_cost: number;
  readonly tasks: readonly PlannedTask[];
}

async function planned(on: Deployment, file: string, ...more: readonly string[]): Promise<PlanDocument> {
  return JSON.parse(
    await on.ok(["launch", "--dryrun", "-y", "-o", "json", "--assume-enabled", "aws,gcp,azure", ...more, file]),
  ) as PlanDocument;
}

setDefaultTimeout(120_000);

describe("plans", () => {
  test("a dry run tells place, price and day, with the best of every other cloud, and makes nothing", async () => {
    await using on = new Deployment();
    const file = on.file("task.yaml", "resources:\n  accelerators: T4\nrun: nvidia-smi\n");

    const document = await planned(on, file);
    const table = await on.ok(["launch", "--dryrun", "-y", "--assume-enabled", "aws,gcp,azure", file]);

    expect(document.tasks[0]).toMatchObject({
      cloud: "aws",
      region: "us-east-1",
      instance_type: "g4dn.xlarge",
      price_per_hour: 0.526,
    });
    expect(document.tasks[0]?.as_of).toMatch(/^20\d\d-/);
    expect(document.tasks[0]?.alternatives.map((one) => one.cloud)).toEqual(["azure", "gcp"]);
    expect(table).toContain("Considered resources (1 node):");
    expect(table).toMatch(/ AWS \(us-east-1\) +g4dn\.xlarge +4 +16 +T4:1 +0\.53 +✔/);
    expect(table).toContain("Prices seen: AWS 20");
    expect(await on.ok(["status", "-o", "json"])).toBe("[]\n");
  });

  test("a list that the user edits is used at the next plan, and a broken one is refused by name and line", async () => {
    await using on = new Deployment();
    const file = on.file("task.yaml", "resources:\n  instance_type: m6i.2xlarge\nrun: echo\n");
    const list = join(on.home, ".sky/catalogs/v8/aws");
    mkdirSync(list, { recursive: true });
    const write = (price: string) =>
      writeFileSync(
        join(list, "vms.csv"),
        `InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone\nm6i.2xlarge,,,8,32,,${price},,us-east-1,use1-az1\n`,
      );

    write("0.111");
    const first = await planned(on, file);
    write("0.222");
    const second = await planned(on, file);
    write("cheap");
    const broken = await on.stix(["launch", "--dryrun", "-y", "--assume-enabled", "aws", file]);

    expect(first.total_cost).toBe(0.111);
    expect(second.total_cost).toBe(0.222);
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain("line 2 has 'cheap' for Price");
  });

  test("offers are listed, and a type is explained by the first rule that left it out", async () => {
    await using on = new Deployment();

    const offers = JSON.parse(await on.ok(["offer", "--gpus", "A100:8", "--limit", "5", "-o", "json"])) as {
      readonly offers: readonly unknown[];
      readonly count: number;
    };
    const reason = await on.ok(["explain", "--cpus", "16+", "--about-type", "m6i.2xlarge", "--assume-enabled", "aws"]);

    expect(offers.offers).toHaveLength(5);
    expect(offers.count).toBeGreaterThan(50);
    expect(reason).toContain("m6i.2xlarge has 8 vCPUs, 16+ is asked for");
  });

  test("what cannot be had ends in one clear error with what to change", async () => {
    await using on = new Deployment();
    const cases: readonly (readonly [readonly string[], string, string])[] = [
      [["--gpus", "V100:3", "--assume-enabled", "aws,gcp"], "no offer fits", "V100:4"],
      [["--infra", "aws/us-east-11", "--assume-enabled", "aws"], "us-east-11", "us-east-1"],
      [
        ["--gpus", "A100:8", "--max-cost", "1", "--assume-enabled", "aws"],
        "no offer fits",
        "leave out max_hourly_cost",
      ],
      [["--infra", "lambda"], "'Lambda' is asked for but not enabled", "stix check lambda"],
    ];

    for (const [flags, said, hint] of cases) {
      const ended = await on.stix(["launch", "--dryrun", "-y", ...flags, "true"]);
      expect(ended.status).toBe(1);
      expect(ended.stderr).toContain(said);
      expect(ended.stderr).toContain(hint);
      expect(ended.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(4);
    }
  });
});
