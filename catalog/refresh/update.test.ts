// Each source against a server that answers in the vendor's form, and what happens when a source is broken.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeTable } from "../codec.ts";
import { sourceOf } from "../data/sources/all.ts";
import { openCatalog } from "../load.ts";
import type { OfferRow } from "../offer.ts";
import { buildTable, type CloudTable } from "../table.ts";
import { rowsOf } from "./rows.ts";
import { updateCatalog, type UpdateOutcome } from "./update.ts";

type Answer = (url: URL, body: string, headers: Headers) => Response | Promise<Response>;

let answer: Answer = () => new Response("nothing here", { status: 404 });
let seen: string[] = [];
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(incoming) {
    const url = new URL(incoming.url);
    const body = await incoming.text();
    seen.push(`${incoming.method} ${url.pathname}${url.search}`);
    return answer(url, body, incoming.headers);
  },
});
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stix-catalog-"));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop(true);
});

const KEYS: Readonly<Record<string, string>> = {
  LAMBDA_API_KEY: "lambda-key",
  GCP_API_KEY: "gcp-key",
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "aws-secret-value",
};

interface Run {
  readonly cloud: string;
  readonly before: CloudTable;
  readonly answer: Answer;
  readonly keys?: Readonly<Record<string, string>>;
  readonly preference?: "own" | "lists";
  readonly nowMs?: number;
}

async function run(
  options: Run,
): Promise<{ outcome: UpdateOutcome; rows: OfferRow[]; asked: string[]; table: CloudTable | null }> {
  answer = options.answer;
  seen = [];
  const source = sourceOf(options.cloud, options.preference ?? "own");
  if (source === null) throw new Error("no source");
  const base = `http://127.0.0.1:${server.port}`;
  const [outcome] = await updateCatalog({
    sources: [source],
    before: () => options.before,
    folder,
    fetch: (url, init) => fetch(url, init),
    today: "2026-11-23",
    now: "2026-11-23T10:00:00.000Z",
    nowMs: options.nowMs ?? Date.now(),
    signal: new AbortController().signal,
    endpoints: {
      "aws-prices": base,
      "aws-ec2": base,
      azure: base,
      gcp: base,
      lambda: base,
      runpod: base,
      skypilot: base,
      "skypilot-mirror": `${base}/mirror`,
    },
    credential: (name) => (options.keys ?? KEYS)[name],
  });
  if (outcome === undefined) throw new Error("no outcome");
  const file = join(folder, `${options.cloud}.bin`);
  const table = existsSync(file) ? decodeTable(readFileSync(file), file) : null;
  return { outcome, table, rows: table === null ? [] : rowsOf(table), asked: seen };
}

function row(fields: Partial<OfferRow>): OfferRow {
  return {
    instanceType: "t",
    region: "r",
    zone: null,
    cpus: 8,
    memoryGib: 32,
    accelerator: null,
    price: 1,
    spotPrice: null,
    ...fields,
  };
}

const KNOWN = [
  {
    price: "old list",
    priceAsOf: "2025-01-01",
    spot: "old spot",
    spotAsOf: "2024-11",
    priceSuspect: false,
    spotEstimate: true,
  },
];

// Machines that test may be busy with other things.
setDefaultTimeout(120_000);

describe("catalog/refresh", () => {
  test("azure: pages are followed, Windows and low priority left out, spot beside on-demand", async () => {
    const before = buildTable("azure", [
      row({ instanceType: "Standard_D8s_v5", region: "eastus", price: 0.4 }),
      row({ instanceType: "Standard_NC6s_v3", region: "eastus", price: 3, accelerator: { name: "V100", count: 1 } }),
    ]);
    const item = (fields: Record<string, unknown>) => ({
      currencyCode: "USD",
      retailPrice: 0.384,
      unitPrice: 0.384,
      armRegionName: "eastus",
      armSkuName: "Standard_D8s_v5",
      skuName: "D8s v5",
      unitOfMeasure: "1 Hour",
      productName: "Virtual Machines Dsv5 Series",
      serviceName: "Virtual Machines",
      type: "Consumption",
      ...fields,
    });
    const pages = [
      {
        Items: [
          item({}),
          item({ productName: "Virtual Machines Dsv5 Series Windows", retailPrice: 0.9 }),
          item({ skuName: "D8s v5 Low Priority", retailPrice: 0.01 }),
        ],
        NextPageLink: "https://vendor.example/api/retail/prices?$skip=100",
      },
      {
        Items: [
          item({ skuName: "D8s v5 Spot", retailPrice: 0.05 }),
          item({ armSkuName: "Standard_NC6s_v3", retailPrice: 3.06 }),
          item({ armSkuName: "Standard_New_v9" }),
        ],
        NextPageLink: null,
      },
    ];

    const { outcome, rows, asked } = await run({
      cloud: "azure",
      before,
      answer: (url) => Response.json(pages[url.searchParams.has("$skip") ? 1 : 0]),
    });

    expect(outcome).toMatchObject({
      outcome: "updated",
      rows: 2,
      notes: ["1 sizes are new and not known: Standard_New_v9"],
    });
    expect(asked).toHaveLength(2);
    expect(rows.map((one) => [one.instanceType, one.price, one.spotPrice, one.accelerator?.name ?? null])).toEqual([
      ["Standard_D8s_v5", 0.384, 0.05, null],
      ["Standard_NC6s_v3", 3.06, null, "V100"],
    ]);
  });

  test("aws: the price list is streamed, spot prices are signed for and joined by zone id", async () => {
    const before = buildTable(
      "aws",
      [
        row({ instanceType: "m6i.2xlarge", region: "us-east-1", zone: "use1-az1", price: 0.4, spotPrice: 0.2 }),
        row({
          instanceType: "p3.2xlarge",
          region: "us-east-1",
          zone: "use1-az1",
          price: 3,
          accelerator: { name: "V100", count: 1 },
        }),
      ],
      { sources: KNOWN },
    );
    const header = [
      "SKU",
      "TermType",
      "Unit",
      "PricePerUnit",
      "Currency",
      "Instance Type",
      "vCPU",
      "Memory",
      "Tenancy",
      "Operating System",
      "Pre Installed S/W",
      "CapacityStatus",
      "GPU",
    ];
    const line = (type: string, price: string, fields: Record<string, string> = {}) => {
      const values: Record<string, string> = {
        SKU: "X",
        TermType: "OnDemand",
        Unit: "Hrs",
        PricePerUnit: price,
        Currency: "USD",
        "Instance Type": type,
        vCPU: "8",
        Memory: "32 GiB",
        Tenancy: "Shared",
        "Operating System": "Linux",
        "Pre Installed S/W": "NA",
        CapacityStatus: "Used",
        GPU: "",
        ...fields,
      };
      return header.map((name) => `"${values[name]}"`).join(",");
    };
    const csv = [
      '"FormatVersion","v1.0"',
      '"Disclaimer","prices, with commas"',
      '"Publication Date","2026-11-01T00:00:00Z"',
      '"Version","1"',
      '"OfferCode","AmazonEC2"',
      header.map((name) => `"${name}"`).join(","),
      line("m6i.2xlarge", "0.3840000000"),
      line("m6i.2xlarge", "0.9", { Tenancy: "Dedicated" }),
      line("m6i.2xlarge", "1.5", { "Operating System": "Windows" }),
      line("p3.2xlarge", "3.06", { GPU: "1" }),
      line("m9i.2xlarge", "0.41"),
      line("p9.48xlarge", "99", { GPU: "8" }),
    ].join("\r\n");
    const xml = (items: string, next = "") =>
      `<?xml version="1.0"?><DescribeSpotPriceHistoryResponse><spotPriceHistorySet>${items}</spotPriceHistorySet><nextToken>${next}</nextToken></DescribeSpotPriceHistoryResponse>`;
    const spot = (type: string, zone: string, price: string, at: string) =>
      `<item><instanceType>${type}</instanceType><productDescription>Linux/UNIX</productDescription><spotPrice>${price}</spotPrice><timestamp>${at}</timestamp><availabilityZone>us-east-1a</availabilityZone><availabilityZoneId>${zone}</availabilityZoneId></item>`;
    let authorization = "";

    const { outcome, rows, table } = await run({
      cloud: "aws",
      before,
      answer: (url, body, headers) => {
        if (url.pathname.endsWith("/us-east-1/index.csv")) return new Response(csv);
        authorization = headers.get("authorization") ?? "";
        return new Response(
          new URLSearchParams(body).get("NextToken") === "more"
            ? xml(spot("p3.2xlarge", "use1-az2", "0.9", "2026-11-23T09:00:00Z"))
            : xml(
                spot("m6i.2xlarge", "use1-az1", "0.11", "2026-11-23T08:00:00Z") +
                  spot("m6i.2xlarge", "use1-az1", "0.12", "2026-11-23T09:00:00Z"),
                "more",
              ),
        );
      },
    });

    expect(outcome.reason).toBeNull();
    expect(authorization).toStartWith(
      "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261123/us-east-1/ec2/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=",
    );
    expect(
      rows.map((one) => [one.instanceType, one.zone, one.price, one.spotPrice, one.accelerator?.name ?? null]),
    ).toEqual([
      ["m6i.2xlarge", "use1-az1", 0.384, 0.12, null],
      ["p3.2xlarge", "use1-az1", 3.06, null, "V100"],
      ["p3.2xlarge", "use1-az2", 3.06, 0.9, "V100"],
      ["m9i.2xlarge", null, 0.41, null, null],
    ]);
    expect(table?.sources[0]?.priceAsOf).toBe("2026-11-23");
  });

  test("aws: without a key the old spot prices stay, with their old day and still as estimates", async () => {
    const before = buildTable(
      "aws",
      [row({ instanceType: "m6i.2xlarge", region: "us-east-1", zone: "use1-az1", price: 0.4, spotPrice: 0.2 })],
      { sources: KNOWN },
    );
    const csv =
      '"SKU","TermType","Unit","PricePerUnit","Currency","Instance Type","vCPU","Memory","Tenancy","Operating System","Pre Installed S/W","CapacityStatus","GPU"\n"X","OnDemand","Hrs","0.384","USD","m6i.2xlarge","8","32 GiB","Shared","Linux","NA","Used",""\n';

    const { outcome, rows, table } = await run({ cloud: "aws", before, keys: {}, answer: () => new Response(csv) });

    expect(outcome.notes).toEqual(["spot prices stay as they were: no AWS access key is set"]);
    expect(rows[0]).toMatchObject({ price: 0.384, spotPrice: 0.2 });
    expect(table?.sources[rows[0]?.source ?? 0]).toMatchObject({
      priceAsOf: "2026-11-23",
      spotAsOf: "2024-11",
      spotEstimate: true,
    });
  });

  test("gcp: a machine costs its cores, memory and devices; the key is in no address", async () => {
    const before = buildTable(
      "gcp",
      [
        row({
          instanceType: "n2-standard-8",
          region: "us-central1",
          zone: "us-central1-a",
          price: 0.4,
          spotPrice: 0.1,
        }),
        row({
          instanceType: "",
          region: "us-central1",
          zone: "us-central1-a",
          cpus: null,
          memoryGib: null,
          accelerator: { name: "T4", count: 2 },
          price: 0.8,
          spotPrice: null,
        }),
        row({
          instanceType: "g2-standard-12",
          region: "us-central1",
          zone: "us-central1-a",
          cpus: 12,
          memoryGib: 48,
          accelerator: { name: "L4", count: 1 },
          price: 1,
          spotPrice: null,
        }),
        row({ instanceType: "m9-odd-8", region: "us-central1", zone: "us-central1-a", price: 7 }),
      ],
      { sources: KNOWN },
    );
    const sku = (description: string, usd: number, usageType = "OnDemand", usageUnit = "h") => ({
      description,
      serviceRegions: ["us-central1", "us-east1"],
      category: { usageType, resourceFamily: "Compute" },
      pricingInfo: [
        {
          pricingExpression: {
            usageUnit,
            tieredRates: [{ unitPrice: { units: String(Math.floor(usd)), nanos: Math.round((usd % 1) * 1e9) } }],
          },
        },
      ],
    });
    const pages: Record<string, unknown> = {
      "": {
        skus: [
          sku("N2 Instance Core running in Americas", 0.031),
          sku("N2 Instance Ram running in Americas", 0.004, "OnDemand", "GiBy.h"),
          sku("N2 Custom Instance Core running in Americas", 9),
          sku("N2 Instance Core running in Americas", 0.001, "Commit1Yr"),
        ],
        nextPageToken: "two",
      },
      two: {
        skus: [
          sku("Spot Preemptible N2 Instance Core running in Americas", 0.01, "Preemptible"),
          sku("Spot Preemptible N2 Instance Ram running in Americas", 0.001, "Preemptible", "GiBy.h"),
          sku("Nvidia Tesla T4 GPU running in Americas", 0.35),
          sku("G2 Instance Core running in Americas", 0.025),
          sku("G2 Instance Ram running in Americas", 0.003, "OnDemand", "GiBy.h"),
          sku("Nvidia L4 GPU running in Americas", 0.56),
        ],
      },
    };

    const { outcome, rows, asked, table } = await run({
      cloud: "gcp",
      before,
      answer: (url, _body, headers) =>
        headers.get("x-goog-api-key") === "gcp-key"
          ? Response.json(pages[url.searchParams.get("pageToken") ?? ""])
          : new Response("no", { status: 403 }),
    });

    expect(outcome).toMatchObject({
      outcome: "updated",
      notes: ["1 rows keep their old prices: the billing catalog prices them in another way"],
    });
    expect(asked.some((line) => line.includes("gcp-key"))).toBe(false);
    expect(rows.map((one) => [one.instanceType, one.price, one.spotPrice])).toEqual([
      ["n2-standard-8", 0.376, 0.112],
      ["", 0.7, null],
      ["g2-standard-12", 1.004, null],
      ["m9-odd-8", 7, null],
    ]);
    expect(table?.sources[rows[3]?.source ?? 0]?.priceAsOf).toBe("2025-01-01");
  });

  test("lambda: cents become dollars, in all known regions and those with capacity", async () => {
    const before = buildTable("lambda", [
      row({ instanceType: "gpu_1x_a10", region: "us-east-1", accelerator: { name: "A10", count: 1 }, price: 0.75 }),
    ]);
    const body = {
      data: {
        gpu_1x_a10: {
          instance_type: {
            name: "gpu_1x_a10",
            price_cents_per_hour: 129,
            description: "1x A10 (24 GB PCIe)",
            gpu_description: "A10 (24 GB PCIe)",
            specs: { vcpus: 30, memory_gib: 200, storage_gib: 1400, gpus: 1 },
          },
          regions_with_capacity_available: [{ name: "us-west-1", description: "California" }],
        },
        gpu_1x_new: {
          instance_type: {
            name: "gpu_1x_new",
            price_cents_per_hour: 999,
            description: "1x New",
            specs: { vcpus: 8, memory_gib: 64, storage_gib: 10, gpus: 1 },
          },
          regions_with_capacity_available: [],
        },
      },
    };

    const { outcome, rows } = await run({
      cloud: "lambda",
      before,
      answer: (_url, _body, headers) =>
        headers.get("authorization") === "Bearer lambda-key" ? Response.json(body) : new Response("", { status: 401 }),
    });

    expect(outcome.notes).toEqual(["'gpu_1x_new' is new and its device is not known"]);
    expect(rows.map((one) => [one.instanceType, one.region, one.price, one.cpus])).toEqual([
      ["gpu_1x_a10", "us-east-1", 1.29, 30],
      ["gpu_1x_a10", "us-west-1", 1.29, 30],
    ]);
  });

  test("runpod: the price of one device times their number", async () => {
    const before = buildTable("runpod", [
      row({
        instanceType: "2x_RTX4090_SECURE",
        region: "CA",
        accelerator: { name: "RTX4090", count: 2 },
        price: 1.4,
        spotPrice: 1,
      }),
      row({ instanceType: "1x_OLD_SECURE", region: "CA", price: 1 }),
    ]);

    const { outcome, rows } = await run({
      cloud: "runpod",
      before,
      answer: () =>
        Response.json({
          data: {
            gpuTypes: [
              {
                id: "NVIDIA GeForce RTX 4090",
                displayName: "RTX 4090",
                memoryInGb: 24,
                securePrice: 0.69,
                communityPrice: 0.44,
                secureSpotPrice: 0.35,
                communitySpotPrice: null,
              },
            ],
          },
        }),
    });

    expect(outcome).toMatchObject({ outcome: "updated", rows: 1, notes: ["'1x_OLD_SECURE' has no price any more"] });
    expect(rows[0]).toMatchObject({ instanceType: "2x_RTX4090_SECURE", price: 1.38, spotPrice: 0.7 });
  });

  test("hosted lists: the mirror is asked when the first host refuses", async () => {
    const before = buildTable("do", [row({ instanceType: "g-2vcpu-8gb", region: "nyc1", price: 0.1 })]);
    const csv =
      "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region\ng-2vcpu-8gb,,,2,8,,0.09375,,nyc1\n";

    const { outcome, rows, asked } = await run({
      cloud: "do",
      before,
      answer: (url) => (url.pathname.startsWith("/mirror") ? new Response(csv) : new Response("", { status: 404 })),
    });

    expect(asked).toEqual(["GET /do/vms.csv", "GET /mirror/do/vms.csv"]);
    expect(outcome.outcome).toBe("updated");
    expect(rows[0]?.price).toBe(0.09375);
  });

  describe("a broken source leaves the old prices and says so", () => {
    const before = buildTable(
      "scp",
      [1, 2, 3, 4].map((size) => row({ instanceType: `s${size}`, region: "west", price: size })),
    );
    const list = (lines: readonly string[]) =>
      [
        "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region",
        ...lines,
        "",
      ].join("\n");
    const cases: readonly [string, Answer, string][] = [
      ["no key accepted", () => new Response("", { status: 403 }), "answered 403"],
      ["a line that is too short", () => new Response(list(["s1,,,8,32,,1,,west", "s2,,,8"])), "line 3"],
      [
        "cut off in the middle of a line",
        () => new Response(list(["s1,,,8,32,,1,,west"]).slice(0, -2)),
        "ends in the middle of a line",
      ],
      ["half of the machines gone", () => new Response(list(["s1,,,8,32,,1,,west"])), "only 1 rows, 4 before"],
      [
        "prices in cents",
        () => new Response(list([1, 2, 3, 4].map((size) => `s${size},,,8,32,,${size * 100},,west`))),
        "prices are 100.00 times those before",
      ],
      [
        "no prices",
        () => new Response(list([1, 2, 3, 4].map((size) => `s${size},,,8,32,,,,west`))),
        "there are no rows",
      ],
      [
        "a price below zero",
        () => new Response(list([1, 2, 3, 4].map((size) => `s${size},,,8,32,,-${size},,west`))),
        "impossible Price",
      ],
      ["not a list at all", () => new Response("<html>moved</html>"), "is empty"],
      ["words for numbers", () => new Response(list(["s1,,,eight,32,,1,,west"])), "'eight' for vCPUs"],
    ];
    for (const [name, broken, reason] of cases) {
      test(name, async () => {
        const { outcome, table } = await run({ cloud: "scp", before, answer: broken });

        expect(outcome.outcome).toBe("kept");
        expect(outcome.reason).toContain(reason);
        expect(table).toBeNull();
      });
    }
  });

  test("a run that was cut off goes on with the parts it has", async () => {
    const before = buildTable("azure", [row({ instanceType: "Standard_D8s_v5", region: "eastus", price: 0.4 })]);
    const page = (next: string | null) => ({
      Items: [
        {
          currencyCode: "USD",
          retailPrice: 0.384,
          armRegionName: "eastus",
          armSkuName: "Standard_D8s_v5",
          skuName: "D8s v5",
          unitOfMeasure: "1 Hour",
          productName: "Dsv5",
          type: "Consumption",
        },
      ],
      NextPageLink: next,
    });
    rmSync(join(folder, "azure.bin"), { force: true });

    const first = await run({
      cloud: "azure",
      before,
      answer: (url) =>
        url.searchParams.has("$skip")
          ? new Response("", { status: 404 })
          : Response.json(page("https://vendor.example/api?$skip=1")),
    });
    const second = await run({ cloud: "azure", before, answer: () => Response.json(page(null)) });

    expect(first.outcome.outcome).toBe("kept");
    expect(first.table).toBeNull();
    expect(second.asked).toEqual(["GET /api?$skip=1"]);
    expect(second.outcome.outcome).toBe("updated");
  });

  test("a refreshed table is used, and a damaged one gives way to the built-in prices with a warning", () => {
    const own = join(folder, "used");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "do.bin"), readFileSync(join(folder, "do.bin")));

    const fresh = openCatalog({ updatedDir: own });
    expect(fresh.view("do").table.typeNames).toEqual(["g-2vcpu-8gb"]);
    writeFileSync(join(own, "do.bin"), readFileSync(join(folder, "do.bin")).subarray(0, 40));
    const damaged = openCatalog({ updatedDir: own });

    expect(damaged.view("do").table.typeNames.length).toBeGreaterThan(1);
    expect(damaged.warnings[0]).toContain("cannot be read");
  });
});
