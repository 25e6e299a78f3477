// What opens each cloud is told for every cloud with prices, and found where it is.
import { describe, expect, test } from "bun:test";
import { openCatalog } from "#catalog/load.ts";
import { cloudAccess } from "./access.gen.ts";
import { foundAccess, placesOf } from "./access.ts";

const aws = cloudAccess["aws"] ?? { files: [], variables: [], setUp: [] };
const nothing = { hasFile: () => false, hasVariable: () => false };

describe("core/clouds/access", () => {
  test("every cloud with prices says where its keys are looked for and how to get them", () => {
    for (const cloud of openCatalog().clouds) {
      const access = cloudAccess[cloud];
      expect(access, cloud).toBeDefined();
      expect(access?.setUp.length, cloud).toBeGreaterThan(0);
      expect((access?.files.length ?? 0) + (access?.variables.length ?? 0), cloud).toBeGreaterThan(0);
    }
  });

  test("a file is found, or a whole group of variables, half of one is nothing", () => {
    expect(foundAccess(aws, nothing)).toBeNull();
    expect(foundAccess(aws, { ...nothing, hasFile: (path) => path === ".aws/config" })).toBe("~/.aws/config");
    expect(foundAccess(aws, { ...nothing, hasVariable: (name) => name === "AWS_ACCESS_KEY_ID" })).toBeNull();
    expect(foundAccess(aws, { ...nothing, hasVariable: (name) => /^AWS_(ACCESS|SECRET)/.test(name) })).toBe(
      "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    );
  });

  test("all places are named in one sentence", () => {
    expect(placesOf({ files: ["a", "b"], variables: [["C"]], setUp: [] })).toBe("~/a, ~/b or the variable C");
  });
});
