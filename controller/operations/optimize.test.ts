// Files of tasks to plans: what is printed, what programs get, and which error says what to change.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acceleratorNames } from "#catalog/names.ts";
import { openCatalog } from "#catalog/load.ts";
import { isStixError, type StixError } from "#shared/errors/stix-error.ts";
import { parseDag } from "#shared/task/parse.ts";
import type { Dag } from "#shared/task/task.ts";
import { catalogUpdate } from "./catalog-update.ts";
import type { OperationContext } from "./operation.ts";
import { checkPlaces, cloudOfUri, planTask, type PlanOptions } from "./optimize.ts";
import { refreshPrices, updateText } from "./update-catalog.ts";

const catalog = openCatalog();
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stix-plan-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function dagOf(text: string): Dag {
  const parsed = parseDag(text, acceleratorNames(catalog.devices()));
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.dag;
}

function plan(text: string, more: Partial<PlanOptions> = {}): ReturnType<typeof planTask> {
  return planTask(dagOf(text), { catalog, enabledClouds: ["aws", "gcp", "azure"], ...more });
}

function refusal(run: () => unknown): StixError {
  try {
    run();
  } catch (error) {
    if (isStixError(error)) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

// Machines that test may be busy with other things.
setDefaultTimeout(120_000);

describe("operations/optimize", () => {
  test("a task has a table, a document and a place", () => {
    const planned = plan("resources:\n  accelerators: t4\nrun: nvidia-smi\n");

    expect(planned.candidates[0]).toMatchObject({
      cloud: "aws",
      instanceType: "g4dn.xlarge",
      accelerator: { name: "T4", count: 1 },
    });
    expect(planned.table).toStartWith("Considered resources (1 node):\n");
    expect(planned.json).toMatchObject({ total_cost: 0.526, tasks: [{ cloud: "aws", price_per_hour: 0.526 }] });
  });

  test("the tasks of a pipeline feed each other, and data that leaves a cloud is paid for", () => {
    const text = [
      "name: two",
      "---",
      "name: a\nresources: {infra: aws/us-east-1, cpus: 8+}\noutputs: {'s3://x': 100}\nrun: a",
      "---",
      "name: b\nresources: {infra: gcp/us-central1, cpus: 8+}\nrun: b",
    ].join("\n");
    const planned = plan(text);

    expect(planned.plan.moves).toMatchObject([{ fromCloud: "aws", toCloud: "gcp", sizeGb: 100 }]);
    expect(planned.plan.costUsd).toBeCloseTo(0.384 + 0.3628 + 0.09 * 99, 4);
  });

  test("the ceiling is for all nodes together", () => {
    const text = "num_nodes: 4\nresources: {infra: aws, instance_type: m6i.2xlarge}\nrun: x";

    expect(plan(text, { maxUsdPerHour: 1.6 }).plan.costUsd).toBeCloseTo(1.536, 6);
    expect(refusal(() => plan(text, { maxUsdPerHour: 1.5 }))).toMatchObject({ code: "resources-unavailable" });
  });

  test("a machine of one's own is planned like any other", () => {
    const machine = {
      cloud: "local",
      region: "local",
      zone: null,
      instanceType: "machine",
      cpus: 4,
      memoryGib: 8,
      accelerator: null,
      virtual: false,
      priceUsdPerHour: 0,
    };

    expect(
      plan("resources: {infra: local}\nrun: x", { enabledClouds: ["local", "aws"], ownOffers: [machine] })
        .candidates[0],
    ).toMatchObject({ cloud: "local", priceUsdPerHour: 0 });
  });

  test("an old price is warned of by name and day", () => {
    const planned = plan("resources: {infra: ibm, cpus: 8+}\nrun: x", { enabledClouds: ["ibm"], today: "2026-11-23" });

    expect(planned.table).toEndWith(
      "Prices seen: IBM 2024-11-03\nWarning: the price on IBM was seen 2024-11-03 and may have changed; stix catalog update ibm asks again",
    );
    expect(plan("run: x", { enabledClouds: ["gcp"], today: "2026-11-23" }).table).not.toContain("Warning");
  });

  test.each([
    ["resources: {accelerators: 'V100:3'}\nrun: x", "ResourcesUnavailableError", "V100:4"],
    ["resources: {infra: aws/us-moon-1}\nrun: x", "ValueError", "regions of AWS"],
    ["resources: {infra: lambda}\nrun: x", "ResourcesUnavailableError", "stix check lambda"],
    [
      "resources: {infra: gcp, instance_type: n2-standard-8, accelerators: T4}\nrun: x",
      "ResourcesMismatchError",
      "leave out",
    ],
    ["resources: {infra: gcp, local_disk: nvme, cpus: 8+}\nrun: x", "NotSupportedError", "local_disk"],
  ])("what cannot be had is refused in SkyPilot's class, with what to do: %s", (text, exception, hint) => {
    const error = refusal(() => plan(text));

    expect(error.exception).toBe(exception);
    expect(error.hint).toContain(hint);
  });

  test("slips show without asking a cloud, and clouds without prices are believed", () => {
    const check =
      (infra: string, more = "") =>
      () =>
        checkPlaces(dagOf(`resources: {infra: ${infra}${more}}\nrun: x`), catalog);

    expect(check("aws/us-moon-1")).toThrow("invalid region 'us-moon-1' for AWS");
    expect(check("gcp/us-central1/us-central1-q")).toThrow("invalid zone");
    expect(check("aws", ", instance_type: m99.huge")).toThrow("no instance type 'm99.huge'");
    expect(check("azure", ", disk_tier: ultra")).toThrow("disk tier 'ultra'");
    expect(check("kubernetes/any-context")).not.toThrow();
    expect(check("local")).not.toThrow();
    expect(check("aws/us-east-1", ", accelerators: 'V100:3'")).not.toThrow();
  });

  test("without any cloud the error says how to get one", () => {
    expect(refusal(() => plan("run: x", { enabledClouds: [] }))).toMatchObject({ code: "no-cloud-access" });
  });

  test("a bucket's cloud is told by its address", () => {
    expect(
      [
        "s3://b",
        "gs://b",
        "https://acct.blob.core.windows.net/c",
        "cos://us-east/b",
        "r2://b",
        "https://example.org/x",
      ].map(cloudOfUri),
    ).toEqual(["aws", "gcp", "azure", "ibm", null, null]);
  });
});

describe("operations/update-catalog", () => {
  test("a cloud without a source is refused with those that have one", async () => {
    const asked = refreshPrices({
      clouds: ["mars"],
      preference: "own",
      folder,
      nowMs: Date.parse("2026-11-23"),
      signal: new AbortController().signal,
      credential: () => undefined,
    });

    await expect(asked).rejects.toThrow("there is no source of prices for 'mars'");
  });

  test("keys are found where the vendors' tools keep them, and prices come into use", async () => {
    const home = join(folder, "home");
    mkdirSync(join(home, ".lambda_cloud"), { recursive: true });
    writeFileSync(join(home, ".lambda_cloud/lambda_keys"), "api_key = key-from-file\n");
    const { table } = catalog.view("lambda");
    const tenPercentMore = (type: number) => Math.round((table.rowPrice[table.typeStart[type] ?? 0] ?? 0) * 110);
    const types = Object.fromEntries(
      table.typeNames.map((name, type) => [
        name,
        {
          instance_type: {
            name,
            price_cents_per_hour: tenPercentMore(type),
            specs: { vcpus: table.typeCpus[type], memory_gib: table.typeMemoryGib[type], gpus: 1 },
          },
          regions_with_capacity_available: [{ name: "us-east-1" }],
        },
      ]),
    );
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (asked) =>
        asked.headers.get("authorization") === "Bearer key-from-file"
          ? Response.json({ data: types })
          : new Response("", { status: 401 }),
    });
    const lines: string[] = [];
    const operation = catalogUpdate({
      env: {},
      home,
      folder,
      endpoints: { lambda: `http://127.0.0.1:${server.port}` },
    });
    const context = {
      world: { clock: { now: () => Date.parse("2026-11-23T10:00:00Z") } },
      request: { body: { clouds: ["lambda"], env_vars: {} } },
      log: { line: (text: string) => lines.push(text) },
      signal: new AbortController().signal,
    };

    const outcomes = await operation.run(context as unknown as OperationContext);
    await server.stop(true);

    expect(outcomes).toMatchObject([{ cloud: "lambda", outcome: "updated" }]);
    expect(lines.join("\n")).not.toContain("key-from-file");
    expect(lines.at(-1)).toMatch(/^lambda: \d+ prices from lambda$/);
    const fresh = plan("resources: {accelerators: A10}\nrun: x", {
      catalog: openCatalog({ updatedDir: folder }),
      enabledClouds: ["lambda"],
    });
    expect(fresh.candidates[0]).toMatchObject({
      instanceType: "gpu_1x_a10",
      priceUsdPerHour: 1.42,
      asOf: "2026-11-23",
    });
  });

  test("what was kept is said with the reason", () => {
    expect(
      updateText([
        {
          cloud: "do",
          source: "x",
          outcome: "kept",
          rows: 3,
          reason: "the host is away",
          hint: "try again",
          notes: [],
        },
      ]),
    ).toBe("do: kept the old prices, the host is away (try again)");
  });
});
