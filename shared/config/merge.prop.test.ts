// Laws of merging that hold for any configs.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { overlayClientConfig } from "./client-overlay.ts";
import { isMapping, mergeConfig } from "./merge.ts";

const key = fc.constantFrom("a", "b", "c", "d");
const leaf = fc.oneof(
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 2 }),
  fc.constant("x"),
);
const { config } = fc.letrec<{ config: Record<string, unknown>; inner: unknown }>((tie) => ({
  config: fc.dictionary(key, tie("inner"), { maxKeys: 4 }),
  inner: fc.oneof({ depthSize: "small" }, leaf, tie("config")),
}));

describe("config/merge", () => {
  test("nothing laid over or under changes nothing", () => {
    fc.assert(
      fc.property(config, (one) => {
        expect(mergeConfig(one, {})).toEqual(one);
        expect(mergeConfig({}, one)).toEqual(one);
        expect(mergeConfig(one, one)).toEqual(one);
      }),
    );
  }, 60_000);

  test("the highest layer's values are in the result, and the lower's where it is silent", () => {
    fc.assert(
      fc.property(config, config, (low, high) => {
        const merged = mergeConfig(low, high);

        for (const [name, value] of Object.entries(high)) if (!isMapping(value)) expect(merged[name]).toEqual(value);
        for (const [name, value] of Object.entries(low)) if (!(name in high)) expect(merged[name]).toEqual(value);
        expect(Object.keys(merged).sort()).toEqual([...new Set([...Object.keys(low), ...Object.keys(high)])].sort());
      }),
    );
  }, 60_000);

  test("layers without a clash of shapes merge the same in either grouping", () => {
    const flat = fc.dictionary(key, fc.dictionary(key, leaf, { maxKeys: 3 }), { maxKeys: 3 });
    fc.assert(
      fc.property(flat, flat, flat, (a, b, c) => {
        expect(mergeConfig(mergeConfig(a, b), c)).toEqual(mergeConfig(a, mergeConfig(b, c)));
      }),
    );
  }, 60_000);

  test("merging changes neither side", () => {
    fc.assert(
      fc.property(config, config, (low, high) => {
        const before = JSON.stringify([low, high]);

        mergeConfig(low, high);

        expect(JSON.stringify([low, high])).toBe(before);
      }),
    );
  }, 60_000);

  test("no client moves what only the server decides", () => {
    const serverOnly = fc.record(
      {
        allowed_clouds: fc.array(fc.constantFrom("aws", "gcp")),
        db: fc.constant("x"),
        workspaces: config,
        jobs: fc.record({ controller: fc.record({ consolidation_mode: fc.boolean() }) }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(serverOnly, serverOnly, (server, client) => {
        const { config: result } = overlayClientConfig(server, client);

        for (const name of ["allowed_clouds", "db", "workspaces"] as const) expect(result[name]).toEqual(server[name]);
      }),
    );
  }, 60_000);
});
