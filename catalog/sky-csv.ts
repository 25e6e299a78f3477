// Reads a price list in SkyPilot's form (vms.csv). Users edit these files, so every complaint names file and line.
import { StixError } from "#shared/errors/stix-error.ts";
import { csvRecords } from "./csv.ts";
import { fixedHosts } from "./data/fixed-hosts.ts";
import { rulesOf } from "./data/rules.ts";
import type { LocalDiskFacts, OfferRow, PriceSource } from "./offer.ts";
import { buildTable, type CloudTable } from "./table.ts";

type Line = Readonly<Record<string, string>>;

const REQUIRED = [
  "InstanceType",
  "AcceleratorName",
  "AcceleratorCount",
  "vCPUs",
  "MemoryGiB",
  "Price",
  "Region",
] as const;
// A price above this is a slip of the pen: the dearest machine sold is some hundred dollars, the largest TPU pod 30,000.
const PRICE_MAX = 100_000;
const HEADER_MAX = 2_000;

/** The table of one cloud. @throws StixError for a missing column, a field that is no number, or a cut-off line. */
export function parseSkyCsv(cloud: string, text: string, origin: string, asOf: string): CloudTable {
  if (!/\bInstanceType\b/.test(text.slice(0, HEADER_MAX))) throw badFile(origin, "is empty or no price list");
  // A last line without its end may lack digits of a price, which nothing else would show.
  if (!text.endsWith("\n")) throw badFile(origin, "ends in the middle of a line (a whole list ends with a newline)");
  const rows = readRows(cloud, text, origin);
  const rules = rulesOf(cloud);
  const source: PriceSource = {
    price: origin,
    priceAsOf: asOf,
    spot: origin,
    spotAsOf: asOf,
    priceSuspect: false,
    spotEstimate: false,
  };
  return buildTable(cloud, fixedHosts[cloud] === undefined ? rows : joinFixedHosts(cloud, [...rows]), {
    sources: [source],
    regionRank: (region) => (rules.regionsFirst?.test(region) ? 0 : 1),
  });
}

function* readRows(cloud: string, text: string, origin: string): Generator<OfferRow> {
  let lineNumber = 1;
  for (const line of csvRecords(text, origin)) {
    lineNumber += 1;
    if (lineNumber === 2) checkColumns(line, origin);
    // Lists of some clouds have machines without a region: nothing can be launched there.
    if (line["Region"] !== "") yield readRow(line, { cloud, origin, lineNumber });
  }
}

function checkColumns(line: Line, origin: string): void {
  const missing = REQUIRED.find((column) => !(column in line));
  if (missing !== undefined) throw badFile(origin, `has no column '${missing}'`);
}

/** Host and device rows of types whose devices are fixed become one row with the sum as its price. */
function joinFixedHosts(cloud: string, rows: readonly OfferRow[]): OfferRow[] {
  const hosts = fixedHosts[cloud];
  if (hosts === undefined) return [...rows];
  const deviceRows = new Map<string, OfferRow>();
  const fixedDevices = new Set(Object.values(hosts).map(([name]) => name));
  for (const row of rows) {
    if (row.instanceType !== "" || row.accelerator === null) continue;
    const key = `${row.accelerator.name}:${row.accelerator.count}@${row.region}/${row.zone}`;
    if (!deviceRows.has(key)) deviceRows.set(key, row);
  }
  return rows.flatMap((row) => {
    if (row.instanceType === "") return row.accelerator !== null && fixedDevices.has(row.accelerator.name) ? [] : [row];
    const fixed = hosts[row.instanceType];
    if (fixed === undefined || row.accelerator !== null) return [row];
    const devices = deviceRows.get(`${fixed[0]}:${fixed[1]}@${row.region}/${row.zone}`);
    return devices === undefined ? [] : [joined(row, devices)];
  });
}

function joined(host: OfferRow, devices: OfferRow): OfferRow {
  const deviceSpot = devices.spotPrice ?? devices.price;
  return {
    ...host,
    accelerator: devices.accelerator,
    deviceMemoryMib: devices.deviceMemoryMib ?? null,
    price: host.price === null || devices.price === null ? null : host.price + devices.price,
    spotPrice: host.spotPrice === null || deviceSpot === null ? null : host.spotPrice + deviceSpot,
  };
}

interface Place {
  readonly cloud: string;
  readonly origin: string;
  readonly lineNumber: number;
}

function readRow(line: Line, place: Place): OfferRow {
  const device = line["AcceleratorName"] ?? "";
  const region = line["Region"] ?? "";
  const isTpu = device.toLowerCase().startsWith("tpu-");
  return {
    instanceType: isTpu && (line["InstanceType"] ?? "") === "" ? "TPU-VM" : (line["InstanceType"] ?? ""),
    region,
    zone: zoneOf(line, region, place.cloud),
    cpus: readNumber(line, "vCPUs", place),
    memoryGib: readNumber(line, "MemoryGiB", place),
    accelerator: device === "" ? null : { name: device, count: readNumber(line, "AcceleratorCount", place) ?? 1 },
    deviceMemoryMib: deviceMemory(line["GpuInfo"] ?? ""),
    arch: line["Arch"] === "arm64" ? "arm64" : "x86_64",
    localDisk: localDisk(line, place),
    price: readPrice(line, "Price", place),
    spotPrice: readPrice(line, "SpotPrice", place),
  };
}

function zoneOf(line: Line, region: string, cloud: string): string | null {
  const zone = line["AvailabilityZone"] ?? "";
  // Lists made from facts without zones write "<region>-unknown" to satisfy SkyPilot.
  if (zone === "" || zone === `${region}-unknown` || !rulesOf(cloud).hasZones) return null;
  return zone;
}

function deviceMemory(info: string): number | null {
  const found = /'SizeInMiB':\s*(\d+(?:\.\d+)?)/.exec(info);
  return found === null ? null : Number(found[1]);
}

function localDisk(line: Line, place: Place): LocalDiskFacts | null {
  const kind = line["LocalDiskType"] ?? "";
  if (kind === "") return null;
  const size = readNumber(line, "LocalDiskSize", place) ?? 0;
  const count = readNumber(line, "LocalDiskCount", place) ?? 1;
  return { totalGb: size * count, nvme: line["NVMeSupported"] === "True", ssd: kind === "ssd" };
}

function readPrice(line: Line, column: string, place: Place): number | null {
  const price = readNumber(line, column, place);
  if (price === null) return null;
  if (price < 0 || price > PRICE_MAX)
    throw badFile(place.origin, `line ${place.lineNumber} has the impossible ${column} ${price}`);
  return price;
}

function readNumber(line: Line, column: string, place: Place): number | null {
  const text = line[column];
  if (text === undefined || text === "" || text === "nan" || text === "NaN") return null;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  throw badFile(place.origin, `line ${place.lineNumber} has '${text}' for ${column}, which is no number`);
}

function badFile(origin: string, what: string): StixError {
  return new StixError({
    code: "bad-value",
    message: `the price list '${origin}' ${what}`,
    hint: "correct the file, or delete it to use the built-in prices",
  });
}
