// Zones whose names differ by account: AWS calls a zone use1-az1 everywhere, and us-east-1a or us-east-1d for this or that account.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseCsv } from "./csv.ts";
import type { CloudTable } from "./table.ts";

/** The newest list of an account's names in the cloud's folder, as SkyPilot keeps it (`az_mappings-<account>.csv`); undefined without one. */
export function zoneNamesFile(folder: string | undefined, cloud: string): string | undefined {
  if (folder === undefined) return undefined;
  const own = join(folder, cloud);
  const names = statSync(own, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(own) : [];
  const files = names
    .filter((name) => /^az_mappings-.*\.csv$/.test(name))
    .map((name) => ({ path: join(own, name), at: statSync(join(own, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
  return files.sort((a, b) => b.at - a.at)[0]?.path;
}

/** Zone id → the account's name of it. Throws StixError naming the file and line of a list that is none. */
export function readZoneNames(file: string): ReadonlyMap<string, string> {
  const records = parseCsv(readFileSync(file, "utf8"), file);
  return new Map(
    records.flatMap((record) =>
      record["AvailabilityZone"] && record["AvailabilityZoneName"]
        ? [[record["AvailabilityZone"], record["AvailabilityZoneName"]] as const]
        : [],
    ),
  );
}

/** The table with the account's names of its zones; the ids are understood as well. */
export function withZoneNames(table: CloudTable, names: ReadonlyMap<string, string>): CloudTable {
  return { ...table, zones: table.zones.map((id) => names.get(id) ?? id), zoneIds: names };
}
