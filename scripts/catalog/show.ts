// Prints an embedded price table as text, so that two versions can be compared: bun scripts/catalog/show.ts CLOUD
import { openCatalog } from "#catalog/load.ts";
import { rowsOf } from "#catalog/refresh/rows.ts";

const cloud = process.argv[2];
if (cloud === undefined) throw new Error("usage: bun scripts/catalog/show.ts CLOUD");

const { table } = openCatalog({ includeUntrusted: true }).view(cloud);
console.log(
  "type,region,zone,vcpus,memory_gib,accelerator,count,arch,price,spot,price_source,price_as_of,spot_source,spot_as_of,trusted",
);
for (const row of rowsOf(table)) {
  const source = table.sources[row.source ?? 0];
  const isTrusted = source?.priceSuspect !== true && source?.spotEstimate !== true;
  console.log(
    [
      row.instanceType,
      row.region,
      row.zone ?? "",
      row.cpus ?? "",
      row.memoryGib ?? "",
      row.accelerator?.name ?? "",
      row.accelerator?.count ?? "",
      row.arch,
      row.price ?? "",
      row.spotPrice ?? "",
      source?.price,
      source?.priceAsOf,
      source?.spot,
      source?.spotAsOf,
      isTrusted,
    ].join(","),
  );
}
