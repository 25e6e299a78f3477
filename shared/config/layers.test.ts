// Layers of the config, what a client may not set, and lookups by place.
import { describe, expect, test } from "bun:test";
import { StixError } from "../errors/stix-error.ts";
import { overlayClientConfig } from "./client-overlay.ts";
import { loadClientConfig, loadServerConfig, type ConfigSources } from "./layers.ts";
import { activeWorkspace, placedValue } from "./lookup.ts";

function sources(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): ConfigSources {
  return { env, home: "/home/u", cwd: "/work", readFile: (path) => files[path] };
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof StixError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing";
}

describe("config/layers", () => {
  test("the project lies over the user, STIX's file over SkyPilot's, and flags over all", () => {
    const world = sources({
      "/home/u/.sky/config.yaml": "gcp: {labels: {a: sky, b: sky, c: sky, d: sky}}",
      "/home/u/.stix/config.yaml": "gcp: {labels: {b: stix, c: stix, d: stix}}",
      "/work/.sky.yaml": "gcp: {labels: {c: project, d: project}}",
    });

    const { config, layers } = loadClientConfig(world, { overlays: ["gcp.labels.d=flag"], workspace: "team" });

    expect(config).toEqual({
      gcp: { labels: { a: "sky", b: "stix", c: "project", d: "flag" } },
      active_workspace: "team",
    });
    expect(layers).toEqual(["~/.sky/config.yaml", "~/.stix/config.yaml", ".sky.yaml", "--config"]);
  });

  test("variables move the files, and one of them replaces all", () => {
    const files = { "/etc/user.yaml": "db: a", "/etc/only.yaml": "db: b", "/work/.sky.yaml": "db: c" };

    expect(
      loadClientConfig(
        sources(files, { SKYPILOT_GLOBAL_CONFIG: "/etc/user.yaml", SKYPILOT_PROJECT_CONFIG: "/work/.sky.yaml" }),
      ).config,
    ).toEqual({ db: "c" });
    expect(loadClientConfig(sources(files, { SKYPILOT_CONFIG: "/etc/only.yaml" })).config).toEqual({ db: "b" });
    expect(refusal(() => loadClientConfig(sources(files, { SKYPILOT_GLOBAL_CONFIG: "/gone" })))).toBe(
      "file-not-found: config file '/gone' does not exist",
    );
  });

  test("a wrong file is refused with its place", () => {
    const world = sources({ "/home/u/.sky/config.yaml": "aws:\n  use_ssm: maybe\n" });

    expect(refusal(() => loadClientConfig(world))).toBe(
      "bad-config: Invalid config YAML from (~/.sky/config.yaml:2:12): config: 'maybe' is not of type 'boolean', true or false (at $.aws.use_ssm)",
    );
  });

  test.each([
    ["aws.use_ssm", "neither a file nor key=value"],
    ["=1", "neither a file nor key=value"],
    ["a=", "neither a file nor key=value"],
    ["aws.use_ssm={", "no YAML"],
    ["aws.use_ssm=[1]", "is not of type 'boolean'"],
    ["awss.x=1", "unknown key 'awss'"],
  ])("--config %s is refused", (overlay, part) => {
    expect(refusal(() => loadClientConfig(sources({}), { overlays: [overlay] }))).toContain(part);
  });

  test("--config takes pairs, or one file alone", () => {
    const world = sources({ "/work/x.yaml": "aws: {use_ssm: true}" });

    expect(loadClientConfig(world, { overlays: ["aws.labels.x=1,2", "aws.use_ssm=true"] }).config).toEqual({
      aws: { labels: { x: "1,2" }, use_ssm: true },
    });
    expect(loadClientConfig(world, { overlays: ["x.yaml"] }).config).toEqual({ aws: { use_ssm: true } });
    expect(refusal(() => loadClientConfig(world, { overlays: ["x.yaml", "a=1"] }))).toStartWith("usage:");
  });

  test("a server whose file names a database has everything else in there", () => {
    const world = sources({ "/home/u/.sky/config.yaml": "db: postgres://x\naws: {use_ssm: true}" });

    expect(refusal(() => loadServerConfig(world))).toStartWith("bad-config:");
    expect(
      loadServerConfig(sources({ "/home/u/.sky/config.yaml": "db: postgres://x" }), "aws: {use_ssm: true}").config,
    ).toEqual({ db: "postgres://x", aws: { use_ssm: true } });
  });

  test("what only the server decides is left out of a client's config, with a word when it differs", () => {
    const server = {
      allowed_clouds: ["aws"],
      jobs: { controller: { consolidation_mode: true } },
      gcp: { labels: { a: "b" } },
    };
    const client = {
      allowed_clouds: ["gcp"],
      jobs: { controller: { consolidation_mode: true, high_availability: true } },
      slurm: { username_map: { a: "b" } },
      gcp: { labels: { c: "d" } },
    };

    const { config, ignored } = overlayClientConfig(server, client);

    expect(config).toEqual({
      allowed_clouds: ["aws"],
      jobs: { controller: { consolidation_mode: true, high_availability: true } },
      gcp: { labels: { a: "b", c: "d" } },
    });
    expect(ignored).toEqual(["allowed_clouds", "slurm.username_map"]);
  });

  test("the most specific section wins, and mappings of all of them merge", () => {
    const config = {
      kubernetes: {
        namespace: "n",
        pod_config: { spec: { a: [1] } },
        context_configs: { ctx: { namespace: "m", pod_config: { spec: { a: [2] } } } },
      },
      slurm: {
        sbatch_options: { a: 1 },
        cluster_configs: { c: { sbatch_options: { b: 2 }, partition_configs: { p: { sbatch_options: { c: 3 } } } } },
      },
      workspaces: { w: { kubernetes: { namespace: "ws" } } },
      oci: { region_configs: { default: { vcn_subnet: "d" }, r: { vcn_subnet: "e" } } },
    };

    expect(placedValue(config, { cloud: "kubernetes", region: "ctx" }, "namespace")).toBe("m");
    expect(placedValue(config, { cloud: "kubernetes", region: "other" }, "namespace")).toBe("n");
    expect(placedValue(config, { cloud: "kubernetes", region: "ctx", workspace: "w" }, "namespace")).toBe("ws");
    expect(
      placedValue(config, { cloud: "kubernetes", region: "ctx" }, "pod_config", {
        kubernetes: { pod_config: { spec: { a: [3] } } },
      }),
    ).toEqual({ spec: { a: [1, 3, 2] } });
    expect(placedValue(config, { cloud: "slurm", region: "c", zone: "p" }, "sbatch_options")).toEqual({
      a: 1,
      b: 2,
      c: 3,
    });
    expect(placedValue(config, { cloud: "oci", region: "q" }, "vcn_subnet")).toBe("d");
    expect(placedValue(config, { cloud: "aws" }, "labels")).toBeUndefined();
    expect(activeWorkspace({})).toBe("default");
  });
});
