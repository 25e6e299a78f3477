// Where the state lies, whatever the variables say.
import { describe, expect, test } from "bun:test";
import { statePaths } from "./paths.ts";

const rootOf = (env: Record<string, string>) => statePaths(env, () => "/work/here").root;

describe("shared/paths", () => {
  test("HOME or STIX_HOME says where, always as an absolute path without detours", () => {
    expect(rootOf({ HOME: "/home/ana" })).toBe("/home/ana/.stix");
    expect(rootOf({ HOME: "/home/ana/", STIX_HOME: "" })).toBe("/home/ana/.stix");
    expect(rootOf({ STIX_HOME: "/srv/stix/" })).toBe("/srv/stix");
    expect(rootOf({ HOME: "/home/ana", STIX_HOME: "~/other" })).toBe("/home/ana/other");
    expect(rootOf({ STIX_HOME: "state" })).toBe("/work/here/state");
    expect(rootOf({ STIX_HOME: "./../state//x/." })).toBe("/work/state/x");
    expect(rootOf({ HOME: "home" })).toBe("/work/here/home/.stix");
  });

  test("without both there is none: never a folder at the root of the file system", () => {
    for (const env of [{}, { HOME: "" }, { STIX_HOME: "" }, { STIX_HOME: "~/x" }] as Record<string, string>[]) {
      expect(() => rootOf(env)).toThrow("HOME is not set");
    }
  });
});
