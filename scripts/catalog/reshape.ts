// Re-shapes a folder of price facts (one CSV a cloud) into the tables that are embedded: bun scripts/catalog/reshape.ts FACTS [DISKS]
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeTable } from "#catalog/codec.ts";
import { rulesOf } from "#catalog/data/rules.ts";
import { manufacturerOf, nominalMemoryGb } from "#catalog/names.ts";
import type { LocalDiskFacts, OfferRow, PriceSource } from "#catalog/offer.ts";
import { buildTable, rowCount, type CloudTable } from "#catalog/table.ts";
import { parseCsv } from "#catalog/csv.ts";

type Fact = Readonly<Record<string, string>>;

// Makers' names of the same device, in the clouds whose lists SkyPilot's users never had.
const SPELLINGS: Readonly<Record<string, string>> = {
  "A100-80G-PCIe": "A100-80GB",
  "A100-80G-PCIe-NVLink": "A100-80GB-NVLINK",
  "H100-80G-PCIe": "H100",
  "H100-80G-PCIe-NVLink": "H100-NVLINK",
  "H100-80G-SXM5": "H100-SXM",
  "RTX-A4000": "RTXA4000",
  "RTX-A6000": "RTXA6000",
  "RTX 3070": "RTX3070",
};
// Sizes the facts round away.
const MEMORY_GIB: Readonly<Record<string, number>> = { Standard_B1ls: 0.5 };
const RESPELLED = new Set(["hyperstack", "scaleway", "ovhcloud"]);

main();

function main(): void {
  const [facts, disks] = process.argv.slice(2);
  if (facts === undefined) throw new Error("usage: bun scripts/catalog/reshape.ts FACTS [LOCAL_DISKS.csv]");
  const out = join(import.meta.dir, "../../catalog/data");
  const clouds = readdirSync(facts)
    .filter((file) => /^[a-z0-9]+\.csv$/.test(file))
    .map((file) => file.slice(0, -4))
    .sort();
  const rowsByCloud = new Map(
    clouds.map((cloud) => [cloud, parseCsv(readFileSync(join(facts, `${cloud}.csv`), "utf8"))]),
  );
  const memoryByDevice = deviceMemory(rowsByCloud);
  const diskByType = disks === undefined ? new Map<string, LocalDiskFacts>() : localDisks(disks);
  const summary = ["cloud,types,rows,regions,zones,spot rows,estimates,suspect,price sources,bytes"];
  const devices = new Map<string, Set<string>>();
  for (const [cloud, rows] of rowsByCloud) {
    const table = withBands(reshape(cloud, rows, memoryByDevice, diskByType), cloud, facts);
    const bytes = encodeTable(table);
    writeFileSync(join(out, `${cloud}.bin`), bytes);
    summary.push(summaryLine(table, bytes.length));
    for (const name of table.acceleratorNames) devices.set(name, (devices.get(name) ?? new Set()).add(cloud));
    console.log(summary.at(-1));
  }
  writeFileSync(join(out, "summary.csv"), `${summary.join("\n")}\n`);
  writeFileSync(join(out, "devices.json"), deviceList(devices, memoryByDevice));
  writeFileSync(join(out, "embedded.gen.ts"), embeddedModule(clouds));
}

function reshape(
  cloud: string,
  facts: readonly Fact[],
  memoryByDevice: ReadonlyMap<string, number>,
  diskByType: ReadonlyMap<string, LocalDiskFacts>,
): CloudTable {
  const sources: PriceSource[] = [];
  const sourceId = new Map<string, number>();
  // A machine whose region is not known cannot be launched.
  const rows = facts
    .filter((fact) => fact["Region"] !== "")
    .map((fact): OfferRow => {
      const key = `${fact["PriceSource"] ?? fact["Source"]}|${fact["SpotSource"] ?? ""}`;
      if (!sourceId.has(key)) {
        sourceId.set(key, sources.length);
        sources.push(sourceOf(fact));
      }
      const name = respell(cloud, fact["AcceleratorName"] ?? "");
      const isTpu = name.startsWith("tpu-");
      return {
        instanceType: isTpu && fact["InstanceType"] === "" ? "TPU-VM" : (fact["InstanceType"] ?? ""),
        region: fact["Region"] ?? "",
        zone: rulesOf(cloud).hasZones ? fact["AvailabilityZone"] || null : null,
        cpus: number(fact["vCPUs"]),
        memoryGib: MEMORY_GIB[fact["InstanceType"] ?? ""] ?? number(fact["MemoryGiB"]),
        accelerator: name === "" ? null : { name, count: deviceCount(fact, memoryByDevice.get(name)) },
        deviceMemoryMib: memoryByDevice.has(name) ? (memoryByDevice.get(name) ?? 0) * 1024 : null,
        arch: fact["Arch"] === "arm64" ? "arm64" : "x86_64",
        localDisk: cloud === "aws" ? (diskByType.get(fact["InstanceType"] ?? "") ?? null) : null,
        price: number(fact["Price"]),
        spotPrice: number(fact["SpotPrice"]),
        source: sourceId.get(key) ?? 0,
      };
    });
  return buildTable(cloud, rows, { sources, regionRank: regionRank(cloud) });
}

function regionRank(cloud: string): (region: string) => number {
  const first = rulesOf(cloud).regionsFirst;
  return (region) => (first?.test(region) ? 0 : 1);
}

/** A part of a device is listed as none, with the part's memory: eighths of the device's. */
function deviceCount(fact: Fact, deviceGb: number | undefined): number {
  const count = number(fact["AcceleratorCount"]);
  if (count !== 0) return count ?? 1;
  const share = (number(fact["GpuMemMiB"]) ?? 0) / ((deviceGb ?? 0) * 1024);
  return Math.max(1, Math.round(share * 8)) / 8;
}

function respell(cloud: string, name: string): string {
  return RESPELLED.has(cloud) ? (SPELLINGS[name] ?? name) : name;
}

function sourceOf(fact: Fact): PriceSource {
  const price = fact["PriceSource"] ?? fact["Source"] ?? "";
  const spot = fact["SpotSource"] ?? "";
  return {
    price: labelOf(price),
    priceAsOf: dateIn(price),
    spot: spot === "" ? labelOf(price) : labelOf(spot),
    spotAsOf: spot === "" ? dateIn(price) : dateIn(spot),
    priceSuspect: price.includes("suspect"),
    spotEstimate: spot.includes("estimate"),
  };
}

function dateIn(text: string): string {
  return /\b20\d\d(?:-\d\d(?:-\d\d)?)?\b/.exec(text)?.[0] ?? "";
}

function labelOf(text: string): string {
  if (text.includes("seedling-catalog")) return "skypilot-catalog v5";
  return text
    .replace(/@[0-9a-f]+/, "")
    .replace(/\b20\d\d(?:-\d\d(?:-\d\d)?)?\b/g, "")
    .replace(/[();]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** GB of one device by name: what most one-device and eight-device types say. */
function deviceMemory(rowsByCloud: ReadonlyMap<string, readonly Fact[]>): Map<string, number> {
  const votes = new Map<string, Map<number, number>>();
  for (const [cloud, rows] of rowsByCloud) {
    for (const fact of rows) {
      const name = respell(cloud, fact["AcceleratorName"] ?? "");
      const count = number(fact["AcceleratorCount"]) ?? 0;
      const memoryMib = number(fact["GpuMemMiB"]);
      if (name === "" || memoryMib === null || (count !== 1 && count !== 8)) continue;
      const size = nominalMemoryGb(memoryMib);
      if (size === null) continue;
      const sizes = votes.get(name) ?? new Map<number, number>();
      sizes.set(size, (sizes.get(size) ?? 0) + (count === 1 ? 10 : 1));
      votes.set(name, sizes);
    }
  }
  return new Map([...votes].map(([name, sizes]) => [name, [...sizes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0]));
}

function localDisks(path: string): Map<string, LocalDiskFacts> {
  return new Map(
    parseCsv(readFileSync(path, "utf8")).map((fact) => [
      fact["InstanceType"] ?? "",
      {
        totalGb: (number(fact["LocalDiskSize"]) ?? 0) * (number(fact["LocalDiskCount"]) ?? 0),
        nvme: fact["NVMeSupported"] === "True",
        ssd: fact["LocalDiskType"] === "ssd",
      },
    ]),
  );
}

/** Spot interruption bands, where a file beside the facts has them. */
function withBands(table: CloudTable, cloud: string, folder: string): CloudTable {
  const file = readdirSync(folder).find((name) => name === `${cloud}_spot_interruption.csv`);
  if (file === undefined) return table;
  const bands = new Map(
    parseCsv(readFileSync(join(folder, file), "utf8")).map((fact) => [
      `${fact["InstanceType"]}/${fact["Region"]}`,
      Number(fact["InterruptionIndex"]),
    ]),
  );
  for (const [type, name] of table.typeNames.entries()) {
    for (let row = table.typeStart[type] ?? 0; row < (table.typeStart[type + 1] ?? 0); row += 1) {
      const band = bands.get(`${name}/${table.regions[table.rowRegion[row] ?? 0]}`);
      if (band !== undefined) table.rowBand[row] = band;
    }
  }
  return table;
}

function summaryLine(table: CloudTable, bytes: number): string {
  const rows = rowCount(table);
  let spot = 0;
  let estimates = 0;
  let suspect = 0;
  for (let row = 0; row < rows; row += 1) {
    const source = table.sources[table.rowSource[row] ?? 0];
    if (!Number.isNaN(table.rowSpot[row] ?? Number.NaN)) {
      spot += 1;
      if (source?.spotEstimate) estimates += 1;
    }
    if (source?.priceSuspect) suspect += 1;
  }
  const labels = [...new Set(table.sources.map((source) => `${source.price} ${source.priceAsOf}`))].join("; ");
  return [
    table.cloud,
    table.typeNames.length,
    rows,
    table.regions.length,
    table.zones.length,
    spot,
    estimates,
    suspect,
    JSON.stringify(labels),
    bytes,
  ].join(",");
}

function deviceList(devices: ReadonlyMap<string, ReadonlySet<string>>, memory: ReadonlyMap<string, number>): string {
  const list = [...devices]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, clouds]) =>
      JSON.stringify({
        name,
        memoryGb: memory.get(name) ?? null,
        manufacturer: manufacturerOf(name),
        clouds: [...clouds].sort(),
      }),
    );
  return `[\n${list.join(",\n")}\n]\n`;
}

function embeddedModule(clouds: readonly string[]): string {
  const imports = clouds.map((cloud) => `import ${identifier(cloud)} from "./${cloud}.bin" with { type: "file" };`);
  const entries = clouds.map((cloud) => `  ["${cloud}", ${identifier(cloud)}],`);
  return `// Where each embedded price table lies, in the sources and inside a compiled program. Written by scripts/catalog/reshape.ts.
${imports.join("\n")}

/** Cloud to the path of its table. */
export const embeddedTables: ReadonlyMap<string, string> = new Map([
${entries.join("\n")}
]);
`;
}

function identifier(cloud: string): string {
  return cloud === "do" ? "digitalOcean" : cloud;
}

function number(text: string | undefined): number | null {
  if (text === undefined || text === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
