// Where our listeners are, so that no connection sits on their ports.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { bandOutside, portBand, portsFrom } from "./port-band.ts";

test("the usual band where the range of connections leaves it alone, else a gap below or above it", () => {
  expect(bandOutside(32_768, 60_999)).toEqual({ first: 20_000, count: 10_000 });
  expect(bandOutside(49_152, 65_535)).toEqual({ first: 20_000, count: 10_000 });
  expect(bandOutside(Number.NaN, Number.NaN)).toEqual({ first: 20_000, count: 10_000 });
  expect(bandOutside(15_000, 64_000)).toEqual({ first: 5_000, count: 10_000 });
  expect(bandOutside(1_024, 60_999)).toEqual({ first: 61_000, count: 4_536 });
  expect(bandOutside(1_024, 65_535)).toEqual({ first: 20_000, count: 10_000 });
});

test("a band never meets the range while there is room beside it, and its ports are all different", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_024, max: 65_000 }),
      fc.integer({ min: 0, max: 64_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (low, width, chance) => {
        const high = Math.min(65_535, low + width);
        const band = bandOutside(low, high);
        const ports = portsFrom(band, chance, 50);
        expect(new Set(ports).size).toBe(ports.length);
        for (const port of ports) expect(port).toBeGreaterThanOrEqual(1_024);
        if (low - 2_000 < 500 && 65_535 - high < 500) return;
        for (const port of ports) expect(port < low || port > high).toBe(true);
        for (const port of ports) expect(port).toBeLessThanOrEqual(65_535);
      },
    ),
  );
});

test("this machine has one", () => {
  expect(portBand().count).toBeGreaterThan(0);
});
