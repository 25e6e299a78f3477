// Rows of an older version, as they stand in a database that is opened by this one.
import { describe, expect, test } from "bun:test";
import type { StoredInstance } from "./stored-shapes.ts";
import { wholeInstances } from "./instance-rows.ts";

const old: Omit<StoredInstance, "nid"> = {
  cid: "c-1",
  instanceId: "c-1-n1",
  state: "running",
  internalIp: "",
  externalIp: null,
  autostopped: null,
};

describe("db/instance-rows", () => {
  test("a machine of before tells where its folder is, from where its head's was", () => {
    const stored = [{ ...old, nid: "n1" }];

    expect(wholeInstances(stored, { placement: null, headPaths: { agent: "/s/local/c-1/n0/agent" } })).toMatchObject([
      { nid: "n1", attempt: null, reach: { kind: "folder", folder: "/s/local/c-1/n1" } },
    ]);
    expect(wholeInstances(stored, { placement: null, headPaths: null })).toMatchObject([
      { attempt: null, reach: null },
    ]);
  });

  test("what a row says itself stays", () => {
    const own: StoredInstance = {
      ...old,
      nid: "n1",
      attempt: "a",
      region: "r",
      zone: "z",
      reach: { kind: "cloud-init", home: "/root" },
    };

    const read = wholeInstances([own], { placement: null, headPaths: { agent: "/x/c/n0/agent" } });

    expect(read).toMatchObject([own]);
  });
});
