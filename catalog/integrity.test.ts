// The embedded prices themselves: possible, named well, once each, and small.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { embeddedTables } from "./data/embedded.gen.ts";
import { cloudRules } from "./data/rules.ts";
import { openCatalog } from "./load.ts";
import { rowsOf } from "./refresh/rows.ts";
import { rowCount, tableBytes } from "./table.ts";

const catalog = openCatalog({ includeUntrusted: true });
const trusted = openCatalog();

// Machines that test may be busy with other things.
setDefaultTimeout(120_000);

describe("catalog/data", () => {
  test("every cloud with prices has rules", () => {
    expect(catalog.clouds.filter((cloud) => !cloudRules.has(cloud))).toEqual([]);
    expect(catalog.clouds.length).toBeGreaterThanOrEqual(22);
  });

  test("all tables take less than 8 MB in the program and 30 MB in memory", () => {
    const onDisk = [...embeddedTables.values()].reduce((sum, file) => sum + statSync(file).size, 0);
    const inMemory = catalog.clouds.reduce((sum, cloud) => sum + tableBytes(catalog.view(cloud).table), 0);

    expect(onDisk).toBeLessThan(8_000_000);
    expect(inMemory).toBeLessThan(30_000_000);
    expect(catalog.clouds.reduce((sum, cloud) => sum + rowCount(catalog.view(cloud).table), 0)).toBeGreaterThan(
      120_000,
    );
  });

  for (const cloud of catalog.clouds) {
    const { table, rules } = catalog.view(cloud);
    const rows = rowsOf(table);

    test(`${cloud}: prices are positive and below what any machine costs`, () => {
      const wrong = rows.filter(
        (row) =>
          [row.price, row.spotPrice].some((price) => price !== null && !(price > 0 && price < 30_000)) ||
          (row.price === null && row.spotPrice === null),
      );

      expect(wrong).toEqual([]);
    });

    test(`${cloud}: a spot price above the full price is of another day, and close to it`, () => {
      const odd = rows.filter((row) => {
        const source = table.sources[row.source ?? 0];
        if (
          row.price === null ||
          row.spotPrice === null ||
          row.spotPrice <= row.price ||
          source?.priceSuspect === true ||
          source?.spotEstimate === true
        )
          return false;
        return source?.priceAsOf === source?.spotAsOf || row.spotPrice > row.price * 1.01;
      });

      expect(odd.map((row) => `${row.instanceType} ${row.region} ${row.price} ${row.spotPrice}`)).toEqual([]);
    });

    test(`${cloud}: device counts and sizes are plausible`, () => {
      const wrong = rows.filter((row) => {
        const count = row.accelerator?.count ?? 1;
        const isSlice = row.instanceType === "TPU-VM" || row.instanceType === "";
        const memory = row.deviceMemoryMib ?? 16_384;
        return (
          !(count > 0 && count <= 16 && (Number.isInteger(count) || count < 1)) ||
          memory < 2048 ||
          memory > 320_000 ||
          (!isSlice &&
            !(
              (row.cpus ?? 0) > 0 &&
              (row.cpus ?? 0) <= 2048 &&
              (row.memoryGib ?? 0) > 0 &&
              (row.memoryGib ?? 0) <= 33_000
            ))
        );
      });

      expect(wrong.map((row) => row.instanceType)).toEqual([]);
    });

    test(`${cloud}: no offer stands twice, and every place has a name`, () => {
      const keys = rows.map(
        (row) =>
          `${row.instanceType}|${row.accelerator?.name}:${row.accelerator?.count}|${row.cpus}|${row.memoryGib}|${row.region}|${row.zone}`,
      );

      expect(new Set(keys).size).toBe(keys.length);
      expect(table.regions.filter((region) => region.trim() === "")).toEqual([]);
      expect(rules.hasZones || table.zones.length === 0).toBe(true);
    });

    test(`${cloud}: every price says where it comes from and when`, () => {
      const unsaid = table.sources.filter(
        (source) => source.price === "" || !/^20\d\d(-\d\d){0,2}$/.test(source.priceAsOf) || source.spot === "",
      );

      expect(unsaid).toEqual([]);
    });
  }

  test("a device has one spelling over all clouds", () => {
    const spellings = Map.groupBy(catalog.devices(), (device) => device.name.toLowerCase());

    expect([...spellings.values()].filter((names) => names.length > 1)).toEqual([]);
    expect(
      catalog.devices().filter((device) => device.name !== device.name.trim() || /[|,:/]/.test(device.name)),
    ).toEqual([]);
  });

  test("the device list names every device of the tables", () => {
    const listed = new Set(catalog.devices().map((device) => device.name));
    const sold = new Set(catalog.clouds.flatMap((cloud) => catalog.view(cloud).table.acceleratorNames));

    expect([...sold].filter((name) => !listed.has(name))).toEqual([]);
  });

  test("a suspect price and an estimated spot price never decide unless asked for", () => {
    let hidden = 0;
    for (const cloud of trusted.clouds) {
      const { table } = trusted.view(cloud);
      for (let row = 0; row < rowCount(table); row += 1) {
        const source = table.sources[table.rowSource[row] ?? 0];
        if (source?.priceSuspect === true) expect(Number.isNaN(table.rowPrice[row])).toBe(true);
        if (source?.spotEstimate !== true && source?.priceSuspect !== true) continue;
        expect(Number.isNaN(table.rowSpot[row])).toBe(true);
        hidden += 1;
      }
    }
    expect(hidden).toBeGreaterThan(30_000);
  });
});
