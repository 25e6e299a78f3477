// What the server's config and the client's say together, and which clouds they leave.
import { all } from "#test/contract/asks.ts";
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followServerConfig } from "#controller/adapters/config/server-config.ts";
import { twinWorld } from "#test/twins/twin-world.ts";

const launch = { task: "run: echo hi\n", cluster_name: "c" };

describe("operations/request-config", () => {
  test("a key of the client that the server does not know fails the launch before anything is made", async () => {
    const { ask, cloud } = twinWorld();

    const request = await ask("launch", { ...launch, override_skypilot_config: { kubernetes: { nonsense: 1 } } });

    expect(request.state).toBe("FAILED");
    expect(request.failure).toMatchObject({ code: "bad-config", exception: "InvalidSkyPilotConfigError" });
    expect(request.failure?.message).toContain("nonsense");
    const listed = await cloud.provider.list(all(cloud.provider), new AbortController().signal);
    expect(listed).toEqual({ ok: true, value: [] });
  });

  test("what only the server decides is ignored with a warning", async () => {
    const { ask, told } = twinWorld();

    const request = await ask("launch", { ...launch, override_skypilot_config: { allowed_clouds: ["aws"] } });

    expect(request.state).toBe("SUCCEEDED");
    expect(told.get(request.id)).toContain("'allowed_clouds' is the server's alone");
  });

  test("a cloud that the server's config leaves out is not enabled, and is not used", async () => {
    const { ask } = twinWorld({ config: { allowed_clouds: ["aws"] } });

    const enabled = await ask("enabled_clouds", {});
    const launched = await ask("launch", launch);

    expect(enabled.value).toEqual([]);
    expect(launched.state).toBe("FAILED");
  });
});

describe("adapters/config/server-config", () => {
  test("is read again when the file changes, and names the place of a fault", () => {
    const home = mkdtempSync(join(tmpdir(), "stix-config-"));
    const file = join(home, ".stix/config.yaml");
    const config = followServerConfig({ env: {}, home });
    expect(config()).toEqual({});

    mkdirSync(join(home, ".stix"));
    writeFileSync(file, "allowed_clouds: [local]\n");
    expect(config()).toEqual({ allowed_clouds: ["local"] });

    writeFileSync(file, "allowed_clouds: [local]\nkubernetes: 3\n");
    expect(config).toThrow(/config\.yaml:2:\d+/);
    rmSync(home, { recursive: true });
  });
});
