// Opens the catalog: embedded tables, refreshed tables, and folders of price lists that replace them. Decodes a cloud when it is asked for.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorText } from "#shared/errors/stix-error.ts";
import { decodeTable } from "./codec.ts";
import { parseCsv } from "./csv.ts";
import embeddedDevices from "./data/devices.json";
import { embeddedTables } from "./data/embedded.gen.ts";
import { rulesOf } from "./data/rules.ts";
import { manufacturerOf, type DeviceFacts } from "./names.ts";
import type { PrivateOffer } from "./offer.ts";
import type { CloudView } from "./query.ts";
import { parseSkyCsv } from "./sky-csv.ts";
import { buildTable, noOffers, type CloudTable } from "./table.ts";
import { readZoneNames, withZoneNames, zoneNamesFile } from "./zone-names.ts";

export interface CatalogOptions {
  /** Folder of SkyPilot-format lists (`<cloud>/vms.csv`); replaces the clouds it holds. */
  readonly overrideDir?: string;
  /** Folder of lists the same way for offers of one's own; replaces as well, after `overrideDir`. */
  readonly privateDir?: string;
  /** Folder where `catalog update` keeps refreshed tables (`<cloud>.bin`). */
  readonly updatedDir?: string;
  /** Only these clouds; absent: all. */
  readonly enabled?: readonly string[];
  /** Lets suspect prices and estimated spot prices decide. */
  readonly includeUntrusted?: boolean;
}

export type TableOrigin = "embedded" | "updated" | "list" | "none";

export interface Catalog {
  /** Clouds with a table, sorted. Nothing is decoded to know them. */
  readonly clouds: readonly string[];
  /** Rules and offers of a cloud; no offers for a cloud without a table. @throws StixError for a list that cannot be read. */
  view(cloud: string): CloudView;
  origin(cloud: string): TableOrigin;
  /** Devices by name, sorted. */
  devices(): readonly DeviceFacts[];
  /** What went wrong without stopping anything, one line each. */
  readonly warnings: readonly string[];
}

/** A catalog that reads nothing until asked. */
export function openCatalog(options: CatalogOptions = {}): Catalog {
  const views = new Map<string, CloudView>();
  const warnings: string[] = [];
  const lists = new Map([...listsIn(options.overrideDir), ...listsIn(options.privateDir)]);
  const updated = tablesIn(options.updatedDir);
  const known = new Set([...embeddedTables.keys(), ...lists.keys(), ...updated.keys()]);
  const clouds = [...known].filter((cloud) => options.enabled === undefined || options.enabled.includes(cloud)).sort();
  let devices: readonly DeviceFacts[] | undefined;

  function read(cloud: string): CloudTable {
    if (!clouds.includes(cloud)) return noOffers(cloud);
    const list = lists.get(cloud);
    if (list !== undefined) return parseSkyCsv(cloud, readFileSync(list, "utf8"), list, dayOf(list));
    const fresh = updated.get(cloud);
    if (fresh !== undefined) {
      try {
        return decodeTable(readFileSync(fresh), fresh);
      } catch (error) {
        warnings.push(`${errorText(error)}: the built-in prices of ${cloud} are used`);
      }
    }
    const embedded = embeddedTables.get(cloud);
    return embedded === undefined ? noOffers(cloud) : decodeTable(readFileSync(embedded), cloud);
  }

  function named(cloud: string, table: CloudTable): CloudTable {
    if (rulesOf(cloud).accountZones === undefined) return table;
    const file = zoneNamesFile(options.privateDir, cloud) ?? zoneNamesFile(options.overrideDir, cloud);
    return file === undefined ? table : withZoneNames(table, readZoneNames(file));
  }

  return {
    clouds,
    warnings,
    view(cloud) {
      let view = views.get(cloud);
      if (view === undefined) {
        const table = named(cloud, read(cloud));
        view = { rules: rulesOf(cloud), table: options.includeUntrusted === true ? table : trustedOnly(table) };
        views.set(cloud, view);
      }
      return view;
    },
    origin(cloud) {
      if (lists.has(cloud)) return "list";
      if (updated.has(cloud)) return "updated";
      return embeddedTables.has(cloud) ? "embedded" : "none";
    },
    devices() {
      devices ??= readDevices(options.overrideDir) ?? embeddedDevices;
      return devices;
    },
  };
}

/** The catalog together with what providers sell themselves; a cloud's private offers replace its table. */
export function withPrivateOffers(catalog: Catalog, offers: readonly PrivateOffer[]): Catalog {
  const byCloud = Map.groupBy(offers, (offer) => offer.cloud);
  if (byCloud.size === 0) return catalog;
  const views = new Map([...byCloud].map(([cloud, own]) => [cloud, privateView(cloud, own)]));
  return {
    ...catalog,
    clouds: [...new Set([...catalog.clouds, ...byCloud.keys()])].sort(),
    view: (cloud) => views.get(cloud) ?? catalog.view(cloud),
  };
}

function privateView(cloud: string, offers: readonly PrivateOffer[]): CloudView {
  const rows = offers.map((offer) => ({
    instanceType: offer.instanceType,
    region: offer.region,
    zone: offer.zone,
    cpus: offer.cpus,
    memoryGib: offer.memoryGib,
    accelerator: offer.accelerator,
    price: offer.priceUsdPerHour,
    spotPrice: null,
  }));
  const source = { price: "own", priceAsOf: "", spot: "", spotAsOf: "", priceSuspect: false, spotEstimate: false };
  return { rules: rulesOf(cloud), table: buildTable(cloud, rows, { sources: [source] }) };
}

/** The table without prices that may not decide: what is suspect goes, spot prices that are estimates are unknown. */
function trustedOnly(table: CloudTable): CloudTable {
  if (!table.sources.some((source) => source.priceSuspect || source.spotEstimate)) return table;
  const rowPrice = table.rowPrice.slice();
  const rowSpot = table.rowSpot.slice();
  for (let row = 0; row < rowPrice.length; row += 1) {
    const source = table.sources[table.rowSource[row] ?? 0];
    if (source === undefined) continue;
    if (source.priceSuspect) rowPrice[row] = Number.NaN;
    if (source.priceSuspect || source.spotEstimate) rowSpot[row] = Number.NaN;
  }
  return { ...table, rowPrice, rowSpot };
}

function listsIn(folder: string | undefined): Map<string, string> {
  const found = new Map<string, string>();
  if (folder === undefined || !existsSync(folder)) return found;
  for (const cloud of readdirSync(folder)) {
    const file = join(folder, cloud, "vms.csv");
    if (existsSync(file)) found.set(cloud, file);
  }
  return found;
}

function tablesIn(folder: string | undefined): Map<string, string> {
  if (folder === undefined || !existsSync(folder)) return new Map();
  const files = readdirSync(folder).filter((file) => file.endsWith(".bin"));
  return new Map(files.map((file) => [file.slice(0, -4), join(folder, file)]));
}

function dayOf(file: string): string {
  return new Date(statSync(file).mtimeMs).toISOString().slice(0, 10);
}

function readDevices(folder: string | undefined): readonly DeviceFacts[] | undefined {
  if (folder === undefined) return undefined;
  const names = join(folder, "common", "accelerators.csv");
  const memory = join(folder, "common", "metadata.csv");
  if (!existsSync(names)) return undefined;
  const facts = existsSync(memory) ? parseCsv(readFileSync(memory, "utf8"), memory) : [];
  const byName = new Map(facts.map((fact) => [fact["GPU"] ?? "", fact]));
  return parseCsv(readFileSync(names, "utf8"), names).map((line) => {
    const name = line["AcceleratorName"] ?? "";
    const fact = byName.get(name);
    return {
      name,
      memoryGb: fact === undefined ? null : Number(fact["MemoryGB"]),
      manufacturer: fact?.["Manufacturer"]?.toLowerCase() || manufacturerOf(name),
      clouds: (line["Clouds"] ?? "")
        .replace(/[[\]'\s]/g, "")
        .split(",")
        .map((cloud) => cloud.toLowerCase())
        .filter(Boolean),
    };
  });
}
