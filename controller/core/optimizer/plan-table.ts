// A plan as people read it, in SkyPilot's layout, with the day its prices were seen; and as programs read it.
import type { CloudView } from "#catalog/query.ts";
import type { Candidate, DataMove, Plan, PlannedTask, Weighed } from "./request.ts";
import type { TableColumn } from "#shared/table/layout.ts";
import { chosenMark, framedTable, prose } from "./text-table.ts";

export interface PlanTextOptions {
  readonly view: (cloud: string) => CloudView;
  readonly isColored?: boolean;
  /** No estimates and no moves: only the offers that were considered. Default: one task without inputs and outputs. */
  readonly isTrivial?: boolean;
  /** Letters of a line on the reader's terminal; absent: as wide as it is. */
  readonly columns?: number;
}

/** What an offer is, in the order of SkyPilot's tables. The machine's type is cut and dropped first: the plan as JSON has it whole. */
const offerColumns: readonly TableColumn[] = [
  { header: "INFRA", cut: "middle", least: 14 },
  { header: "INSTANCE", keep: 2, cut: "end", least: 8 },
  { header: "vCPUs", brief: "CPU", keep: 4 },
  { header: "Mem(GB)", brief: "GB", keep: 3 },
  { header: "GPUS", keep: 5 },
];

const HOUR_SECONDS = 3600;

/** What `stix launch` prints before it asks. Lines joined by "\n", without one at the end. */
export function planText(plan: Plan, options: PlanTextOptions): string {
  const isTrivial =
    options.isTrivial ??
    (plan.tasks.length === 1 && plan.moves.length === 0 && plan.tasks[0]?.chosen.seconds === HOUR_SECONDS);
  const parts: string[] = [];
  if (!isTrivial) {
    parts.push(`Target: minimizing ${plan.target === "cost" ? "cost" : "run time"}`);
    parts.push(
      `Estimated total runtime: ${(plan.seconds / HOUR_SECONDS).toFixed(1)} hours\nEstimated total cost: $${plan.costUsd.toFixed(1)}\n`,
    );
  }
  if (plan.tasks.length > 1) parts.push(bestPlan(plan, options));
  const moves = plan.moves.filter((move) => (plan.target === "cost" ? move.costUsd > 0 : move.seconds > 0));
  if (moves.length > 0) parts.push(egressPlan(plan, moves, options.columns));
  for (const task of plan.tasks) parts.push(consideredOffers(plan, task, options));
  for (const task of plan.tasks) {
    const note = sameCloudNote(task, options.view);
    if (note !== null) parts.push(prose(note, options.columns));
  }
  parts.push(prose(priceDays(plan, options.view), options.columns));
  for (const warning of plan.warnings) parts.push(prose(`Warning: ${warning}`, options.columns));
  return parts.join("\n");
}

function bestPlan(plan: Plan, options: PlanTextOptions): string {
  const rows = plan.tasks.map((task) => [
    task.name,
    String(task.numNodes),
    ...offerCells(task.chosen.candidate, options.view),
  ]);
  return `Best plan: \n${framedTable([{ header: "TASK" }, { header: "#NODES", brief: "N", keep: 1 }, ...offerColumns], rows, options.columns)}\n`;
}

function egressPlan(plan: Plan, moves: readonly DataMove[], room: number | undefined): string {
  const isCost = plan.target === "cost";
  const rows = moves.map((move) => [
    move.from < 0 ? `inputs (${move.fromCloud})` : `${plan.tasks[move.from]?.name ?? ""} (${move.fromCloud})`,
    `${plan.tasks[move.to]?.name ?? ""} (${move.toCloud})`,
    String(move.sizeGb),
    isCost ? move.costUsd.toFixed(1) : move.seconds.toFixed(1),
  ]);
  return `Egress plan:\n${framedTable([{ header: "SOURCE" }, { header: "TARGET" }, { header: "SIZE (GB)", brief: "GB", keep: 1 }, isCost ? { header: "COST ($)", brief: "$" } : { header: "TIME (s)", brief: "s" }], rows, room)}\n`;
}

function consideredOffers(plan: Plan, task: PlannedTask, options: PlanTextOptions): string {
  const isCost = plan.target === "cost";
  const chosen = task.chosen.candidate;
  const rows = withChosen(task).map((weighed) => [
    ...offerCells(weighed.candidate, options.view),
    isCost ? weighed.costUsd.toFixed(2) : (weighed.seconds / HOUR_SECONDS).toFixed(2),
    isSameOffer(weighed.candidate, chosen) ? chosenMark(options.isColored === true) : "",
  ]);
  const of = plan.tasks.length > 1 ? ` for task '${task.name}'` : "";
  const head = `Considered resources${of} (${task.numNodes} node${task.numNodes === 1 ? "" : "s"}):`;
  return `${head}\n${framedTable([...offerColumns, isCost ? { header: "COST ($)", brief: "$" } : { header: "TIME (hr)", brief: "hr" }, { header: "CHOSEN", brief: "" }], rows, options.columns)}`;
}

/** The chosen offer stands for its group, also where moving data made it better than the group's cheapest. */
function withChosen(task: PlannedTask): Weighed[] {
  const group = (candidate: Candidate) => `${candidate.cloud}|${deviceText(candidate)}|${candidate.useSpot}`;
  const mine = group(task.chosen.candidate);
  const at = task.considered.findIndex((weighed) => group(weighed.candidate) === mine);
  return task.considered.map((weighed, index) => (index === at ? task.chosen : weighed));
}

function isSameOffer(a: Candidate, b: Candidate): boolean {
  return (
    a.cloud === b.cloud &&
    a.region === b.region &&
    a.zone === b.zone &&
    a.instanceType === b.instanceType &&
    a.useSpot === b.useSpot &&
    deviceText(a) === deviceText(b)
  );
}

function offerCells(candidate: Candidate, view: (cloud: string) => CloudView): string[] {
  const { rules } = view(candidate.cloud);
  const instance = rules.cutToFit ? "-" : candidate.instanceType;
  return [
    `${rules.display} (${candidate.zone ?? candidate.region})`,
    candidate.useSpot ? `${instance}[Spot]` : instance,
    sizeText(candidate.cpus),
    sizeText(candidate.memoryGib),
    deviceText(candidate),
  ];
}

function deviceText(candidate: Candidate): string {
  return candidate.accelerator === null ? "-" : `${candidate.accelerator.name}:${candidate.accelerator.count}`;
}

function sizeText(value: number | null): string {
  if (value === null) return "-";
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

const NAMED_TYPES_MAX = 6;

function sameCloudNote(task: PlannedTask, view: (cloud: string) => CloudView): string | null {
  const { candidate } = task.chosen;
  if (candidate.accelerator === null || task.sameCloudTypes.length < 2) return null;
  const named = task.sameCloudTypes.slice(0, NAMED_TYPES_MAX);
  const more = task.sameCloudTypes.length - named.length;
  const list = named.join(", ") + (more > 0 ? ` and ${more} more` : "");
  return [
    `Multiple ${view(candidate.cloud).rules.display} instances satisfy ${deviceText(candidate)}. The cheapest ${candidate.instanceType} is chosen among: ${list}`,
    `To list more details, run: stix gpus list ${candidate.accelerator.name}`,
  ].join("\n");
}

/** "Prices seen: AWS 2025-04-04, GCP 2026-07-30". */
function priceDays(plan: Plan, view: (cloud: string) => CloudView): string {
  const days = new Map<string, string>();
  for (const task of plan.tasks) {
    for (const { candidate } of withChosen(task)) {
      const name = view(candidate.cloud).rules.display;
      const day = candidate.asOf === "" ? "now" : candidate.asOf;
      const before = days.get(name);
      if (before === undefined || day < before) days.set(name, day);
    }
  }
  return `Prices seen: ${[...days].map(([name, day]) => `${name} ${day}`).join(", ")}`;
}

const STALE_DAYS = 365;
const DAY_MS = 86_400_000;

/** One sentence for each cloud whose chosen price was seen more than a year before `today` (an ISO day). */
export function stalePrices(plan: Plan, today: string, view: (cloud: string) => CloudView): string[] {
  const oldest = new Map<string, string>();
  for (const { chosen } of plan.tasks) {
    const { asOf, cloud } = chosen.candidate;
    // A year or a month stands for its first day.
    const ageDays = asOf === "" ? 0 : (Date.parse(today) - Date.parse(asOf)) / DAY_MS;
    if (ageDays > STALE_DAYS && asOf < (oldest.get(cloud) ?? "9")) oldest.set(cloud, asOf);
  }
  return [...oldest].map(
    ([cloud, asOf]) =>
      `the price on ${view(cloud).rules.display} was seen ${asOf} and may have changed; stix catalog update ${cloud} asks again`,
  );
}

/** One offer for programs; keys as SkyPilot names them. */
export function offerJson(candidate: Candidate): Record<string, unknown> {
  return {
    cloud: candidate.cloud,
    region: candidate.region,
    zone: candidate.zone,
    instance_type: candidate.instanceType,
    cpus: candidate.cpus,
    memory_gib: candidate.memoryGib,
    accelerators: candidate.accelerator === null ? null : { [candidate.accelerator.name]: candidate.accelerator.count },
    use_spot: candidate.useSpot,
    price_per_hour: candidate.priceUsdPerHour,
    on_demand_per_hour: candidate.onDemandUsdPerHour,
    spot_per_hour: candidate.spotUsdPerHour,
    spot_interruption: candidate.interruptionBand === null ? null : BANDS[candidate.interruptionBand],
    as_of: candidate.asOf === "" ? null : candidate.asOf,
    source: candidate.source === "" ? null : candidate.source,
  };
}

/** Share of spot machines taken back in a month. */
export const BANDS: readonly string[] = ["<5%", "5-10%", "10-15%", "15-20%", ">20%"];

/** `launch --dryrun -o json`. */
export function planJson(plan: Plan): Record<string, unknown> {
  return {
    target: plan.target,
    total_cost: rounded(plan.costUsd),
    total_seconds: plan.seconds,
    tasks: plan.tasks.map((task) => ({
      name: task.name,
      num_nodes: task.numNodes,
      ...offerJson(task.chosen.candidate),
      cost: rounded(task.chosen.costUsd),
      seconds: task.chosen.seconds,
      candidates: task.candidateCount,
      alternatives: task.considered
        .filter((weighed) => !isSameOffer(weighed.candidate, task.chosen.candidate))
        .map((weighed) => ({
          ...offerJson(weighed.candidate),
          cost: rounded(weighed.costUsd),
          seconds: weighed.seconds,
        })),
    })),
    egress: plan.moves.map((move) => ({
      from: move.from < 0 ? null : (plan.tasks[move.from]?.name ?? null),
      to: plan.tasks[move.to]?.name ?? null,
      from_cloud: move.fromCloud,
      to_cloud: move.toCloud,
      size_gb: move.sizeGb,
      cost: rounded(move.costUsd),
      seconds: move.seconds,
    })),
    warnings: plan.warnings,
  };
}

function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
