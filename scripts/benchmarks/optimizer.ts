// Times the optimizer over the whole catalog: warm, as a cold process, beside a plain scan, and beside SkyPilot when asked.
// scripts/bench optimizer [--skypilot VENV PEER_FOLDER FACTS_HOME]
import { recordedClouds } from "../golden-optimizer.ts";
import { join } from "node:path";
import { openCatalog, type Catalog } from "#catalog/load.ts";
import type { OfferRow } from "#catalog/offer.ts";
import { rowsOf } from "#catalog/refresh/rows.ts";
import { rowCount, tableBytes } from "#catalog/table.ts";
import { listOffers } from "#controller/core/optimizer/offers.ts";
import { optimize } from "#controller/core/optimizer/optimize.ts";
import type { OptimizeRequest, TaskRequest } from "#controller/core/optimizer/request.ts";
import { parseTask } from "#shared/task/parse.ts";

interface ScenarioTask {
  readonly resources: Readonly<Record<string, unknown>>;
  readonly time_s?: number;
  readonly outputs_gb?: number;
}

interface Scenario {
  readonly id: string;
  readonly tasks: readonly ScenarioTask[];
  readonly edges?: readonly (readonly [number, number])[];
}

const WARM_RUNS = 25;
const COLD_RUNS = 7;

async function main(): Promise<void> {
  const before = process.memoryUsage().rss;
  const catalog = openCatalog();
  const decodeStart = performance.now();
  const rows = catalog.clouds.reduce((sum, cloud) => sum + rowCount(catalog.view(cloud).table), 0);
  const decodeMs = performance.now() - decodeStart;
  const columns = catalog.clouds.reduce((sum, cloud) => sum + tableBytes(catalog.view(cloud).table), 0);
  Bun.gc(true);
  console.log(
    `catalog: ${rows} rows of ${catalog.clouds.length} clouds decoded in ${decodeMs.toFixed(1)} ms, columns ${mb(columns)}, process grew by ${mb(process.memoryUsage().rss - before)}`,
  );
  const scenarios = allScenarios(catalog);
  const theirs = await skyPilotTimes(scenarios);
  const flat = recordedClouds.flatMap((cloud) => rowsOf(catalog.view(cloud).table).map((row) => ({ cloud, row })));
  const header = ["scenario", "tasks", "warm ms", "cold ms", "scan ms", "SkyPilot CPU ms", "ratio"];
  const lines = scenarios.map((scenario) => {
    const request = requestOf(scenario, catalog);
    const warm = median(times(WARM_RUNS, () => optimize(request)));
    const cold = median(Array.from({ length: COLD_RUNS }, () => coldMs(scenario.id)));
    const scan = median(times(3, () => scanAll(request.tasks, flat)));
    const sky = theirs.get(scenario.id);
    return [
      scenario.id,
      String(scenario.tasks.length),
      warm.toFixed(2),
      cold.toFixed(0),
      scan.toFixed(1),
      sky === undefined ? "-" : sky.toFixed(0),
      sky === undefined ? "-" : `${(sky / warm).toFixed(0)}x`,
    ];
  });
  printTable([header, ...lines]);
  const offerTask = requestOf(scenarios[0] ?? { id: "", tasks: [] }, catalog);
  const offers = median(
    times(WARM_RUNS, () => listOffers(offerTask, { task: offerTask.tasks[0] as TaskRequest, limit: 50 })),
  );
  console.log(`offer: ${offers.toFixed(2)} ms for the cheapest 50 of all offers with 8+ vCPUs`);
  console.log(`at the end: ${mb(process.memoryUsage().rss)} resident`);
}

/** A process of its own that opens the catalog and plans once; the price of starting the runtime is in it. */
function coldMs(id: string): number {
  const start = performance.now();
  const child = Bun.spawnSync([process.execPath, join(import.meta.dir, "optimizer.ts"), "--cold", id], {
    stdout: "ignore",
    stderr: "inherit",
  });
  if (!child.success) throw new Error(`the cold run of ${id} failed`);
  return performance.now() - start;
}

function coldRun(id: string): void {
  const catalog = openCatalog();
  const scenario = allScenarios(catalog).find((one) => one.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  const plan = optimize(requestOf(scenario, catalog));
  if (plan.kind !== "plan") throw new Error(plan.message);
}

function allScenarios(catalog: Catalog): Scenario[] {
  return [
    { id: "one-cpu-task", tasks: [{ resources: { cpus: "8+" } }] },
    { id: "one-T4-task", tasks: [{ resources: { accelerators: "T4" } }] },
    { id: "one-A100-task", tasks: [{ resources: { accelerators: "A100:8" } }] },
    { id: "chain-of-10", ...graph(10, (to) => [to - 1], false) },
    {
      id: "graph-of-30",
      ...graph(30, (to) => (to % 3 === 0 ? [to - 1, Math.max(0, to - 4)] : [Math.max(0, to - 2)]), false),
    },
    {
      id: "free-graph-of-30",
      ...graph(30, (to) => (to % 3 === 0 ? [to - 1, Math.max(0, to - 4)] : [Math.max(0, to - 2)]), true),
    },
    { id: "150-regions", tasks: [{ resources: { cpus: "8+", any_of: pinnedRegions(catalog, 150) } }] },
  ];
}

// What the tasks of the graphs ask for, in turn: pinned as SkyPilot's users do, or anywhere.
const PINNED: readonly Readonly<Record<string, unknown>>[] = [
  { accelerators: "T4", infra: "aws/us-east-1" },
  {
    any_of: [
      { infra: "aws/us-east-1", cpus: "8+" },
      { infra: "gcp/us-central1", cpus: "8+" },
      { infra: "azure/eastus", cpus: "8+" },
    ],
  },
  {
    any_of: [
      { infra: "aws/us-east-1", accelerators: "V100" },
      { infra: "gcp/us-central1", accelerators: "V100" },
      { infra: "azure/eastus", accelerators: "V100" },
    ],
  },
  {
    any_of: [
      { infra: "aws/us-west-2", cpus: "16+" },
      { infra: "lambda", accelerators: "A10" },
      { infra: "azure/westus2", cpus: "16+" },
    ],
  },
];
const FREE: readonly Readonly<Record<string, unknown>>[] = [
  { cpus: "8+" },
  { accelerators: "T4" },
  { accelerators: "A100" },
  { cpus: "16+", memory: "64+" },
];

function graph(count: number, parents: (to: number) => number[], isFree: boolean): Pick<Scenario, "tasks" | "edges"> {
  const kinds = isFree ? FREE : PINNED;
  const edges = Array.from({ length: count - 1 }, (_, index) => index + 1).flatMap((to) =>
    [...new Set(parents(to))].map((from): [number, number] => [from, to]),
  );
  const tasks = Array.from({ length: count }, (_, index) => ({
    resources: kinds[(index * 7) % kinds.length] ?? {},
    time_s: [900, 3600, 7200][index % 3] ?? 3600,
    ...(edges.some(([from]) => from === index) ? { outputs_gb: [1, 20, 200, 0, 2000][index % 5] ?? 1 } : {}),
  }));
  return { tasks, edges };
}

function pinnedRegions(catalog: Catalog, count: number): { infra: string }[] {
  return ["aws", "azure", "gcp", "oci", "ibm", "lambda"]
    .flatMap((cloud) => catalog.view(cloud).table.regions.map((region) => ({ infra: `${cloud}/${region}` })))
    .slice(0, count);
}

function requestOf(scenario: Scenario, catalog: Catalog): OptimizeRequest {
  const tasks = scenario.tasks.map((task, index): TaskRequest => {
    const parsed = parseTask(JSON.stringify({ name: `t${index}`, run: "true", resources: task.resources }));
    if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
    return {
      name: `t${index}`,
      numNodes: 1,
      resources: parsed.task.resources,
      ...(task.time_s === undefined ? {} : { runtimeSeconds: task.time_s }),
      ...(task.outputs_gb === undefined ? {} : { outputsGb: task.outputs_gb }),
    };
  });
  return {
    tasks,
    edges: scenario.edges ?? [],
    enabledClouds: recordedClouds,
    target: "cost",
    view: (cloud) => catalog.view(cloud),
  };
}

/** The floor: one look at every row for each alternative of each task, without any of the rules. */
function scanAll(
  tasks: readonly TaskRequest[],
  rows: readonly { readonly cloud: string; readonly row: OfferRow }[],
): number {
  let total = 0;
  for (const task of tasks) {
    let least = Number.POSITIVE_INFINITY;
    for (const wish of task.resources.alternatives) {
      for (const { cloud, row } of rows) {
        if (row.price === null || row.price >= least) continue;
        if (wish.cloud !== undefined && wish.cloud !== cloud) continue;
        if (wish.region !== undefined && wish.region !== row.region) continue;
        if (wish.cpus !== undefined && !((row.cpus ?? 0) >= wish.cpus.value)) continue;
        if (
          wish.accelerator !== undefined &&
          (row.accelerator?.name !== wish.accelerator.name || row.accelerator.count !== wish.accelerator.count)
        )
          continue;
        least = row.price;
      }
    }
    total += least;
  }
  return total;
}

/** CPU milliseconds by scenario, from SkyPilot's own optimizer over the same rows; empty without the flag. */
async function skyPilotTimes(scenarios: readonly Scenario[]): Promise<Map<string, number>> {
  const at = process.argv.indexOf("--skypilot");
  const [venv, peer, home] = at < 0 ? [] : process.argv.slice(at + 1);
  if (venv === undefined || peer === undefined || home === undefined) return new Map();
  // It was seen to try all pairs of places on an edge: the free graph is beyond it.
  const asked = scenarios.filter((scenario) => scenario.id !== "free-graph-of-30");
  const child = Bun.spawn([join(venv, "bin/python"), join(peer, "optimize.py"), "-n", "1", "--limit", "600"], {
    stdin: new Blob([asked.map((scenario) => JSON.stringify(scenario)).join("\n")]),
    stdout: "pipe",
    stderr: "ignore",
    env: { ...process.env, HOME: home },
  });
  const lines = (await new Response(child.stdout).text()).trim().split("\n").filter(Boolean);
  const answers = lines.map(
    (line) => JSON.parse(line) as { id: string; ok: boolean; cpu_ms?: number[]; error?: unknown },
  );
  for (const answer of answers) if (!answer.ok) console.log(`SkyPilot: ${answer.id}: ${JSON.stringify(answer.error)}`);
  return new Map(
    answers.flatMap((answer) =>
      answer.ok && answer.cpu_ms?.[0] !== undefined ? [[answer.id, answer.cpu_ms[0]] as const] : [],
    ),
  );
}

function times(count: number, run: () => unknown): number[] {
  run();
  return Array.from({ length: count }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
}

if (process.argv[2] === "--cold") coldRun(process.argv[3] ?? "");
else await main();
