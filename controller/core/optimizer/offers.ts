// All offers for one request, as `stix offer` lists them.
import type { TableColumn } from "#shared/table/layout.ts";
import { searchCandidates } from "./candidates.ts";
import type { Infeasible, OptimizeRequest, TaskRequest, Weighed } from "./request.ts";
import { optimize } from "./optimize.ts";
import { BANDS, offerJson } from "./plan-table.ts";
import { resolveResources } from "./resolve.ts";
import { framedTable } from "./text-table.ts";
import { weigh, weighedAt } from "./weigh.ts";

export type OfferOrder = "price" | "cpus" | "memory" | "cloud" | "region" | "as-of";

export interface OfferList {
  readonly offers: readonly Weighed[];
  /** All that fit, also those beyond the limit. */
  readonly count: number;
}

export interface OfferQuery {
  readonly task: TaskRequest;
  readonly order?: OfferOrder;
  /** Most offers to return. */
  readonly limit?: number;
}

/** Offers that fit, cheapest first (or by the named column, then by price); or why there is none. */
export function listOffers(
  request: Omit<OptimizeRequest, "tasks" | "edges">,
  query: OfferQuery,
): OfferList | Infeasible {
  const resolved = query.task.resources.alternatives.flatMap((resources) => {
    const resolution = resolveResources(resources, request);
    return resolution.kind === "resolved" ? [resolution.resources] : [];
  });
  const { columns } = searchCandidates(query.task, resolved, {
    enabledClouds: request.enabledClouds,
    blocked: request.blocked ?? [],
    view: request.view,
  });
  if (columns.row.length === 0) {
    const none = optimize({ ...request, tasks: [query.task] });
    return none.kind === "infeasible" ? none : { offers: [], count: 0 };
  }
  const weights = weigh(query.task, columns, request);
  const byPrice = columns.row
    .map((_, index) => index)
    .sort((a, b) => (weights.costUsd[a] ?? 0) - (weights.costUsd[b] ?? 0) || a - b);
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  if ((query.order ?? "price") === "price") {
    return {
      count: byPrice.length,
      offers: byPrice.slice(0, limit).map((index) => weighedAt(columns, weights, index)),
    };
  }
  const all = byPrice.map((index) => weighedAt(columns, weights, index));
  all.sort((a, b) => compareBy(query.order ?? "price", a, b));
  return { count: all.length, offers: all.slice(0, limit) };
}

function compareBy(order: OfferOrder, a: Weighed, b: Weighed): number {
  switch (order) {
    case "price":
      return a.costUsd - b.costUsd;
    case "cpus":
      return (a.candidate.cpus ?? 0) - (b.candidate.cpus ?? 0);
    case "memory":
      return (a.candidate.memoryGib ?? 0) - (b.candidate.memoryGib ?? 0);
    case "cloud":
      return compareText(a.candidate.cloud, b.candidate.cloud);
    case "region":
      return compareText(a.candidate.region, b.candidate.region);
    case "as-of":
      return compareText(b.candidate.asOf, a.candidate.asOf);
  }
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The price, then who sells it and how large it is; when it was seen and how often it is taken back go first. */
const listColumns: readonly TableColumn[] = [
  { header: "CLOUD" },
  { header: "REGION", keep: 7, cut: "middle", least: 10 },
  { header: "ZONE", keep: 2, cut: "end", least: 6 },
  { header: "INSTANCE", keep: 6, cut: "end", least: 10 },
  { header: "vCPUs", brief: "CPU", keep: 5 },
  { header: "Mem(GB)", brief: "GB", keep: 4 },
  { header: "GPUS", keep: 9 },
  { header: "$/HR", keep: 3 },
  { header: "SPOT $/HR", brief: "SPOT", keep: 8 },
  { header: "TAKEN BACK", brief: "TAKEN", keep: 0 },
  { header: "COST ($)", brief: "$" },
  { header: "SEEN", keep: 1 },
];

/** The list as a table; a last line says what the limit left out. `room`: letters of a line. */
export function offersText(list: OfferList, display: (cloud: string) => string, room?: number): string {
  const rows = list.offers.map(({ candidate, costUsd }) => [
    display(candidate.cloud),
    candidate.region,
    candidate.zone ?? "-",
    candidate.useSpot ? `${candidate.instanceType}[Spot]` : candidate.instanceType,
    number(candidate.cpus),
    number(candidate.memoryGib),
    candidate.accelerator === null ? "-" : `${candidate.accelerator.name}:${candidate.accelerator.count}`,
    money(candidate.onDemandUsdPerHour),
    money(candidate.spotUsdPerHour),
    candidate.interruptionBand === null ? "-" : (BANDS[candidate.interruptionBand] ?? "-"),
    costUsd.toFixed(3),
    candidate.asOf === "" ? "now" : candidate.asOf,
  ]);
  const table = framedTable(listColumns, rows, room);
  const left = list.count - list.offers.length;
  return left > 0 ? `${table}\n${left} more offers fit; --limit shows them` : table;
}

/** `stix offer -o json`. */
export function offersJson(list: OfferList): Record<string, unknown> {
  return {
    count: list.count,
    offers: list.offers.map(({ candidate, costUsd, seconds }) => ({
      ...offerJson(candidate),
      cost: Math.round(costUsd * 1e6) / 1e6,
      seconds,
    })),
  };
}

function number(value: number | null): string {
  if (value === null) return "-";
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

function money(value: number | null): string {
  return value === null ? "-" : value.toFixed(3);
}
