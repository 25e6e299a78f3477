// Runs recorded optimizer scenarios: never dearer than SkyPilot, the same where nothing ties, the same class of failure.
import { readFileSync } from "node:fs";
import { acceleratorNames, type DeviceFacts } from "#catalog/names.ts";
import { openCatalog, type Catalog } from "#catalog/load.ts";
import { fitsMemory, fitsQuantity, typesNamed } from "#catalog/query.ts";
import { optimize } from "#controller/core/optimizer/optimize.ts";
import type { Infeasible, OptimizeRequest, Plan, RuntimeEstimate } from "#controller/core/optimizer/request.ts";
import { cloudOfUri } from "#controller/operations/optimize.ts";
import { parseTask } from "#shared/task/parse.ts";
import type { Resources, Task } from "#shared/task/task.ts";

interface ScenarioTask {
  readonly resources?: Readonly<Record<string, unknown>>;
  readonly num_nodes?: number;
  readonly time_s?: RuntimeEstimate;
  readonly inputs?: string;
  readonly inputs_gb?: number;
  readonly outputs_gb?: number;
}

interface Choice {
  readonly cloud: string;
  readonly region: string;
  readonly zone: string | null;
  readonly instance_type: string;
  readonly accelerators: Readonly<Record<string, number>> | null;
  readonly use_spot: boolean;
  readonly price_per_hour: number;
}

interface GoldenCase {
  readonly id: string;
  readonly class: string;
  readonly scenario: {
    readonly tasks: readonly ScenarioTask[];
    readonly edges?: readonly (readonly [number, number])[];
    readonly minimize?: "cost" | "time";
  };
  readonly answer: {
    readonly ok: boolean;
    readonly choice?: readonly Choice[];
    readonly total?: number;
    readonly per_cloud?: Readonly<Record<string, readonly [string, number, string]>>;
    readonly error?: { readonly type: string; readonly message: string };
    readonly fuzzy?: readonly string[];
  };
  readonly ties?: boolean;
}

export interface GoldenReport {
  readonly passed: number;
  readonly total: number;
  readonly failures: readonly string[];
  /** Passed with a lower total. */
  readonly cheaper: readonly string[];
  /** Passed, because SkyPilot's choice breaks its own request and ours does not. */
  readonly stricter: readonly string[];
  /** Passed with an offer that obeys the request, where SkyPilot looked at one type only and found none. */
  readonly found: readonly string[];
}

/** The clouds of the recording: every cloud with a price list there counts as enabled. */
export const recordedClouds: readonly string[] = [
  "aws",
  "azure",
  "cudo",
  "do",
  "fluidstack",
  "gcp",
  "hyperbolic",
  "ibm",
  "lambda",
  "mithril",
  "nebius",
  "oci",
  "paperspace",
  "primeintellect",
  "runpod",
  "scp",
  "seeweb",
  "shadeform",
  "vast",
  "verda",
];

type Verdict =
  | { readonly kind: "same" | "cheaper" | "stricter" | "found" }
  | { readonly kind: "wrong"; readonly why: string };

/** All cases of a file of JSON lines. `catalogDir`: a folder of SkyPilot-format lists instead of the embedded prices. */
export function runOptimizerGolden(path: string, options: { readonly catalogDir?: string } = {}): GoldenReport {
  const catalog = openCatalog(options.catalogDir === undefined ? {} : { overrideDir: options.catalogDir });
  const sold = catalog.devices().filter((device) => device.clouds.some((cloud) => recordedClouds.includes(cloud)));
  const cases = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as GoldenCase);
  const byKind: Record<Verdict["kind"], string[]> = { same: [], cheaper: [], stricter: [], found: [], wrong: [] };
  for (const one of cases) {
    const verdict = judge(one, catalog, sold);
    byKind[verdict.kind].push(
      verdict.kind === "wrong" ? `${one.id} ${JSON.stringify(one.scenario).slice(0, 160)}: ${verdict.why}` : one.id,
    );
  }
  return {
    passed: cases.length - byKind.wrong.length,
    total: cases.length,
    failures: byKind.wrong,
    cheaper: byKind.cheaper,
    stricter: byKind.stricter,
    found: byKind.found,
  };
}

function judge(one: GoldenCase, catalog: Catalog, devices: readonly DeviceFacts[]): Verdict {
  const tasks: Task[] = [];
  for (const [index, task] of one.scenario.tasks.entries()) {
    const parsed = parseTask(
      JSON.stringify({
        name: `t${index}`,
        run: "true",
        num_nodes: task.num_nodes ?? 1,
        resources: task.resources ?? {},
      }),
      acceleratorNames(devices),
    );
    if (!parsed.ok) return judgeRefusal(one, parsed.problems[0]?.class ?? "", parsed.problems[0]?.message ?? "");
    tasks.push(parsed.task);
  }
  const found = optimize(requestOf(one, tasks, catalog, devices));
  if (!one.answer.ok) return judgeFailure(one, found, tasks);
  if (found.kind === "infeasible")
    return brokenChoice(one, tasks, catalog) ? { kind: "stricter" } : wrong(`nothing fits: ${found.message}`);
  return judgePlan(one, found, tasks, catalog);
}

function requestOf(
  one: GoldenCase,
  tasks: readonly Task[],
  catalog: Catalog,
  devices: readonly DeviceFacts[],
): OptimizeRequest {
  return {
    tasks: tasks.map((task, index) => {
      const written = one.scenario.tasks[index] ?? {};
      return {
        name: `t${index}`,
        numNodes: task.numNodes,
        resources: task.resources,
        ...(written.time_s === undefined ? {} : { runtimeSeconds: written.time_s }),
        ...(written.inputs === undefined
          ? {}
          : { inputs: { cloud: cloudOfUri(written.inputs), sizeGb: written.inputs_gb ?? 0 } }),
        ...(written.outputs_gb === undefined ? {} : { outputsGb: written.outputs_gb }),
      };
    }),
    edges: one.scenario.edges ?? [],
    enabledClouds: recordedClouds,
    target: one.scenario.minimize ?? "cost",
    view: (cloud) => catalog.view(cloud),
    devices,
  };
}

/** Classes that are refinements of SkyPilot's. */
const BASE_CLASS: Readonly<Record<string, string>> = { InvalidSkyPilotConfigError: "ValueError" };

function judgeRefusal(one: GoldenCase, exception: string, message: string): Verdict {
  const expected = one.answer.error?.type;
  if (exception === expected || BASE_CLASS[exception] === expected) return { kind: "same" };
  return wrong(`${exception} (${message}), expected ${expected ?? "a plan"}`);
}

function judgeFailure(one: GoldenCase, found: Plan | Infeasible, tasks: readonly Task[]): Verdict {
  if (found.kind === "plan") {
    // Without devices SkyPilot looks at the cheapest type alone, also when that has no spot price or no region.
    const isOneType = tasks.every((task) =>
      task.resources.alternatives.every((wish) => wish.accelerator === undefined && wish.instanceType === undefined),
    );
    const isFound =
      one.answer.error?.type === "ResourcesUnavailableError" &&
      isOneType &&
      tasks.every((_, index) => obeys(found, index, tasks));
    return isFound ? { kind: "found" } : wrong(`a plan, expected ${one.answer.error?.type}`);
  }
  if (found.exception !== one.answer.error?.type)
    return wrong(`${found.exception} (${found.message}), expected ${one.answer.error?.type}`);
  const expected = JSON.stringify(one.answer.fuzzy ?? []);
  const suggested = JSON.stringify(found.suggestions);
  return expected === suggested ? { kind: "same" } : wrong(`suggests ${suggested}, expected ${expected}`);
}

function judgePlan(one: GoldenCase, found: Plan, tasks: readonly Task[], catalog: Catalog): Verdict {
  const theirs = one.answer.total ?? 0;
  const ours = found.target === "time" ? found.seconds : found.costUsd;
  const slack = 1e-6 * Math.max(1, Math.abs(theirs));
  const broken = tasks.findIndex((_, index) => !obeys(found, index, tasks));
  if (broken >= 0) return wrong(`the choice for task ${broken} breaks the request`);
  if (ours > theirs + slack)
    return brokenChoice(one, tasks, catalog)
      ? { kind: "stricter" }
      : wrong(`${ours}, SkyPilot ${theirs}: ${shown(one.answer.choice ?? [])}`);
  const dearer = dearerCloud(one, found, tasks, catalog);
  if (dearer !== null) return wrong(dearer);
  // An equal total with another choice is a tie, whether the recording noticed it or not.
  return ours < theirs - slack ? { kind: "cheaper" } : { kind: "same" };
}

/** Of each cloud the best must be as good as SkyPilot's best there. */
function dearerCloud(one: GoldenCase, found: Plan, tasks: readonly Task[], catalog: Catalog): string | null {
  const considered = found.tasks[0]?.considered ?? [];
  for (const [cloud, [type, theirs, region]] of Object.entries(one.answer.per_cloud ?? {})) {
    const costs = considered
      .filter((weighed) => weighed.candidate.cloud === cloud)
      .map((weighed) => (found.target === "time" ? weighed.seconds : weighed.costUsd));
    if (Math.min(...costs) <= theirs + 1e-6 * Math.max(1, theirs)) continue;
    const hours = (found.tasks[0]?.chosen.seconds ?? 3600) / 3600;
    const price = theirs / ((tasks[0]?.numNodes ?? 1) * hours);
    if (!tasks[0]?.resources.alternatives.some((wish) => typeObeys(catalog, { cloud, type, price }, wish))) continue;
    return `best of ${cloud} costs ${Math.min(...costs)}, SkyPilot has ${type} in ${region} for ${theirs}`;
  }
  return null;
}

/** The chosen offer has what one alternative of the task asks for. */
function obeys(found: Plan, index: number, tasks: readonly Task[]): boolean {
  const offer = found.tasks[index]?.chosen.candidate;
  const wish = tasks[index]?.resources.alternatives[offer?.alternative ?? 0];
  if (offer === undefined || wish === undefined) return false;
  const isSlice = offer.instanceType === "TPU-VM";
  return (
    (wish.cloud === undefined || wish.cloud.toLowerCase() === offer.cloud) &&
    (wish.region === undefined || wish.region.toLowerCase() === offer.region.toLowerCase()) &&
    (wish.zone === undefined || wish.zone === offer.zone) &&
    (wish.instanceType === undefined || wish.instanceType === offer.instanceType) &&
    (wish.useSpot === true) === offer.useSpot &&
    offer.priceUsdPerHour <= (wish.maxHourlyCost ?? Number.POSITIVE_INFINITY) &&
    (isSlice || wish.cpus === undefined || fitsQuantity(offer.cpus ?? 0, wish.cpus)) &&
    (isSlice || wish.memory === undefined || fitsMemory(offer.memoryGib ?? 0, offer.cpus ?? 0, wish.memory))
  );
}

/** SkyPilot's own choice has less than it was asked for: it leaves sizes and ceilings of some clouds unchecked. */
function brokenChoice(one: GoldenCase, tasks: readonly Task[], catalog: Catalog): boolean {
  return (one.answer.choice ?? []).some(
    (choice, index) =>
      !(tasks[index]?.resources.alternatives ?? []).some((wish) =>
        typeObeys(catalog, { cloud: choice.cloud, type: choice.instance_type, price: choice.price_per_hour }, wish),
      ),
  );
}

interface TheirOffer {
  readonly cloud: string;
  readonly type: string;
  readonly price: number;
}

function typeObeys(catalog: Catalog, offer: TheirOffer, wish: Resources): boolean {
  if (offer.price > (wish.maxHourlyCost ?? Number.POSITIVE_INFINITY) + 1e-9) return false;
  const { table, rules } = catalog.view(offer.cloud);
  const tier = wish.diskTier;
  if (tier !== undefined && tier !== "best" && !rules.diskTiers.includes(tier)) return false;
  if (offer.type === "TPU-VM") return true;
  return typesNamed(table, offer.type).some((type) => {
    const cpus = table.typeCpus[type] ?? 0;
    return (
      (wish.cpus === undefined || fitsQuantity(cpus, wish.cpus)) &&
      (wish.memory === undefined || fitsMemory(table.typeMemoryGib[type] ?? 0, cpus, wish.memory))
    );
  });
}

function shown(choices: readonly Choice[]): string {
  return choices
    .map((choice) => `${choice.cloud}/${choice.region}/${choice.instance_type} ${choice.price_per_hour}`)
    .join(", ");
}

function wrong(why: string): Verdict {
  return { kind: "wrong", why };
}

if (import.meta.main) {
  const [path, catalogDir] = process.argv.slice(2);
  if (path === undefined) throw new Error("usage: bun scripts/golden-optimizer.ts FILE [FOLDER_OF_PRICE_LISTS]");
  const report = runOptimizerGolden(path, catalogDir === undefined ? {} : { catalogDir });
  for (const failure of report.failures) console.log(failure);
  console.log(
    `${report.passed} of ${report.total} passed; cheaper ${report.cheaper.join(" ") || "none"}; stricter ${report.stricter.join(" ") || "none"}; found ${report.found.join(" ") || "none"}`,
  );
  process.exit(report.failures.length === 0 ? 0 : 1);
}
