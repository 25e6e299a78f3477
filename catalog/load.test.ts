// Where tables come from: the program, refreshed tables, and folders of lists that users edit.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { decodeTable, encodeTable } from "./codec.ts";
import { parseCsv } from "./csv.ts";
import { followCatalog } from "./follow.ts";
import { openCatalog, withPrivateOffers } from "./load.ts";
import { findZone } from "./query.ts";
import { rowsOf } from "./refresh/rows.ts";
import { parseSkyCsv } from "./sky-csv.ts";
import { buildTable } from "./table.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stix-lists-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function writeList(cloud: string, lines: readonly string[]): void {
  mkdirSync(join(folder, cloud), { recursive: true });
  writeFileSync(join(folder, cloud, "vms.csv"), `${lines.join("\n")}\n`);
}

const HEADER =
  "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone";
const GPU_INFO = `"{'Gpus': [{'Name': 'A100', 'Manufacturer': 'NVIDIA', 'Count': 8.0, 'MemoryInfo': {'SizeInMiB': 40960}}], 'TotalGpuMemoryInMiB': 327680}"`;

// Machines that test may be busy with other things.
setDefaultTimeout(120_000);

describe("catalog/load", () => {
  test("a folder of lists replaces the rows of the clouds it holds, and only those", () => {
    writeList("aws", [HEADER, "m6i.2xlarge,,,8,32,,0.111,,us-east-1,use1-az1"]);

    const catalog = openCatalog({ overrideDir: folder });

    expect(rowsOf(catalog.view("aws").table)).toMatchObject([
      { instanceType: "m6i.2xlarge", price: 0.111, zone: "use1-az1" },
    ]);
    expect(catalog.origin("aws")).toBe("list");
    expect(catalog.origin("gcp")).toBe("embedded");
    expect(catalog.view("gcp").table.typeNames.length).toBeGreaterThan(400);
  });

  test("a list of one's own wins over SkyPilot's folder", () => {
    writeList("mine", [HEADER, "node,,,8,32,,0.2,,rack,"]);
    const privateDir = join(folder, "private");
    mkdirSync(join(privateDir, "mine"), { recursive: true });
    writeFileSync(join(privateDir, "mine", "vms.csv"), `${HEADER}\nnode,,,8,32,,0.1,,rack,\n`);

    const catalog = openCatalog({ overrideDir: folder, privateDir });

    expect(rowsOf(catalog.view("mine").table)[0]?.price).toBe(0.1);
  });

  test("an account's names of its zones stand in the table, and come when their list does", () => {
    writeList("aws", [
      HEADER,
      "m6i.2xlarge,,,8,32,,0.1,,us-east-1,use1-az1",
      "m6i.2xlarge,,,8,32,,0.1,,us-east-1,use1-az2",
    ]);
    const catalog = followCatalog({ overrideDir: folder });
    const before = catalog().view("aws").table;
    writeFileSync(
      join(folder, "aws", "az_mappings-0a1b.csv"),
      "AvailabilityZoneName,AvailabilityZone\nus-east-1d,use1-az1\n",
    );
    const { table } = catalog().view("aws");

    expect(before.zones).toEqual(["use1-az1", "use1-az2"]);
    expect(table.zones).toEqual(["us-east-1d", "use1-az2"]);
    expect([findZone(table, "use1-az1"), findZone(table, "us-east-1d"), findZone(table, "us-east-1a")]).toEqual([
      0, 0, -1,
    ]);
  });

  test("a cloud without a table has no offers and no error", () => {
    expect(openCatalog().view("nowhere").table.typeNames).toEqual([]);
  });

  test("offers of a provider's own stand beside the catalog", () => {
    const offer = {
      cloud: "local",
      region: "local",
      zone: null,
      instanceType: "machine",
      cpus: 4,
      memoryGib: 8,
      accelerator: null,
      virtual: false,
      priceUsdPerHour: 0,
    };

    const catalog = withPrivateOffers(openCatalog(), [offer]);

    expect(catalog.clouds).toContain("local");
    expect(rowsOf(catalog.view("local").table)).toMatchObject([{ instanceType: "machine", price: 0 }]);
  });

  test.each([
    ["a price that is no number", [HEADER, "a,,,8,32,,cheap,,r,"], "line 2 has 'cheap' for Price"],
    ["a line that was cut off", [HEADER, "a,,,8,32,,1,,r,", "b,,,8"], "line 3"],
    ["a column that is missing", ["InstanceType,vCPUs", "a,8"], "no column 'AcceleratorName'"],
    ["a price below zero", [HEADER, "a,,,8,32,,-1,,r,"], "impossible Price -1"],
    ["a price of another unit", [HEADER, "a,,,8,32,,1000000,,r,"], "impossible Price 1000000"],
    ["an empty file", [""], "is empty"],
  ])("a list with %s is refused by name and line", (_, lines, said) => {
    writeList("aws", lines);

    const catalog = openCatalog({ overrideDir: folder });

    expect(() => catalog.view("aws")).toThrow(said);
    expect(() => catalog.view("gcp")).not.toThrow();
  });

  test("rows without any price, and without a region, are no offers", () => {
    writeList("do", [HEADER, "a,,,8,32,,,,r,", "b,,,8,32,,1,,,", "c,,,8,32,,1,,r,"]);

    expect(openCatalog({ overrideDir: folder }).view("do").table.typeNames).toEqual(["c"]);
  });
});

describe("catalog/follow", () => {
  test("a list that is edited, added or taken away is seen at the next question", () => {
    const current = followCatalog({ overrideDir: folder });
    const priceOf = () => rowsOf(current().view("do").table)[0]?.price;
    const embedded = priceOf();

    writeList("do", [HEADER, "a,,,8,32,,1,,r,"]);
    expect(priceOf()).toBe(1);
    writeList("do", [HEADER, "a,,,8,32,,12.5,,r,"]);
    expect(priceOf()).toBe(12.5);
    const same = current();
    expect(current()).toBe(same);
    rmSync(join(folder, "do"), { recursive: true });
    expect(priceOf()).toBe(embedded);
  });
});

describe("catalog/sky-csv", () => {
  test("host and device rows of fixed machines are one offer with the sum as its price", () => {
    const list = [
      "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region,AvailabilityZone,Price,SpotPrice",
      "a2-highgpu-8g,96,680,,,,us-central1,us-central1-a,1.5,0.5",
      `,,,A100,8,${GPU_INFO},us-central1,us-central1-a,28,9`,
      "n1-standard-8,8,30,,,,us-central1,us-central1-a,0.38,0.08",
      ",,,T4,1,,us-central1,us-central1-a,0.35,",
      ",,,tpu-v3-8,1,,us-central1,us-central1-a,8,2.4",
      "",
    ].join("\n");

    const rows = rowsOf(parseSkyCsv("gcp", list, "gcp/vms.csv", "2026-01-01"));

    expect(rows.map((row) => [row.instanceType, row.accelerator?.name ?? null, row.price, row.spotPrice])).toEqual([
      ["a2-highgpu-8g", "A100", 29.5, 9.5],
      ["n1-standard-8", null, 0.38, 0.08],
      ["", "T4", 0.35, null],
      ["TPU-VM", "tpu-v3-8", 8, 2.4],
    ]);
    expect(rows[0]?.deviceMemoryMib).toBe(40960);
  });

  test("a list that was cut off anywhere gives its whole lines or nothing", () => {
    const list = `${HEADER}\na,A100,8,96,1152,${GPU_INFO},32.77,11.57,us-east-1,use1-az1\nb,,,8,32,,0.384,0.1134,us-east-2,use2-az3\nc,,,16,64,,0.768,,eu-west-1,euw1-az1\n`;
    const whole = rowsOf(parseSkyCsv("aws", list, "aws", "2026-01-01"));

    for (let length = 0; length < list.length; length += 1) {
      let rows: typeof whole = [];
      try {
        rows = rowsOf(parseSkyCsv("aws", list.slice(0, length), "aws", "2026-01-01"));
      } catch (error) {
        expect(error).toHaveProperty("code", "bad-value");
      }
      expect(rows).toEqual(whole.slice(0, rows.length));
    }
  });

  test("a zone that only says unknown is none", () => {
    const rows = rowsOf(
      parseSkyCsv("aws", `${HEADER}\nm,,,8,32,,1,,us-east-1,us-east-1-unknown\n`, "aws", "2026-01-01"),
    );

    expect(rows[0]?.zone).toBeNull();
  });
});

describe("catalog/csv", () => {
  test("what is written as quoted fields is read back", () => {
    const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "'", " ", "é", "{", "\n"), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 5 }), (records) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = `x,y\n${records.map(([x, y]) => `${quoted(x)},${quoted(y)}`).join("\n")}\n`;

        expect(parseCsv(text)).toEqual(records.map(([x, y]) => ({ x, y })));
      }),
    );
  });
});

describe("catalog/codec", () => {
  test("a table is the same after it was stored", () => {
    const row = fc.record({
      instanceType: fc.constantFrom("a", "b", "c", ""),
      region: fc.constantFrom("r1", "r2"),
      zone: fc.constantFrom("z1", "z2", null),
      cpus: fc.constantFrom(4, 8, null),
      memoryGib: fc.constantFrom(16, 32.5, null),
      accelerator: fc.constantFrom(null, { name: "T4", count: 1 }, { name: "A10", count: 0.5 }),
      price: fc.option(fc.double({ min: 0.001, max: 100, noNaN: true })),
      spotPrice: fc.option(fc.double({ min: 0.001, max: 100, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
        const table = buildTable("x", rows);

        expect(rowsOf(decodeTable(encodeTable(table), "x"))).toEqual(rowsOf(table));
      }),
    );
  });

  test("bytes that are cut short are refused, wherever they are cut", () => {
    const bytes = encodeTable(
      buildTable("x", [
        {
          instanceType: "a",
          region: "r",
          zone: null,
          cpus: 1,
          memoryGib: 1,
          accelerator: null,
          price: 1,
          spotPrice: null,
        },
      ]),
    );

    for (let length = 0; length < bytes.length; length += 7)
      expect(() => decodeTable(bytes.subarray(0, length), "x.bin")).toThrow("'x.bin' cannot be read");
  });
});
