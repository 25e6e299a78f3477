// A node is reached as its cloud says, and where that cannot be done it is told.
import { describe, expect, test } from "bun:test";
import type { Instance, NodeReach } from "#controller/providers/contract/instance.ts";
import { twinCloud } from "#test/twins/twin-provider.ts";
import { createNodeShell } from "./node-shell.ts";

function node(reach: NodeReach | null): Instance {
  return {
    cid: "c-1",
    attempt: "c-1-1",
    region: "r",
    zone: null,
    nid: "n0",
    instanceId: "i",
    state: "running",
    internalIp: "",
    externalIp: null,
    autostopped: null,
    reach,
  };
}

describe("shell/node-shell", () => {
  test("the shell of the node's kind does it", async () => {
    const { shell, agents } = twinCloud();
    const one = createNodeShell({ folder: shell });

    expect(await one.startAgent(node({ kind: "folder", folder: "/x" }))).toMatchObject({ ok: true });
    expect(agents.has("c-1/n0")).toBe(true);
  });

  test("a node without an address is waited for, a kind that is not built is not", async () => {
    const one = createNodeShell({});
    const handed: NodeReach = { kind: "cloud-init", home: "/root" };

    expect(await one.startAgent(node(null))).toMatchObject({ ok: false, kind: "transient" });
    expect(await one.placeFiles(node(handed), [], new AbortController().signal)).toMatchObject({
      ok: false,
      kind: "unsupported",
      message: expect.stringContaining("cloud-init"),
    });
    expect(await one.readAgentFile(node(handed), "x")).toBeNull();
    expect(() => one.paths(node(null))).toThrow(/no address yet/);
  });
});
