// Plans a file of tasks: picks machines for each, and gives the plan as people and as programs read it.
import { cloudsWith } from "#shared/clouds.ts";
import { withPrivateOffers, type Catalog } from "#catalog/load.ts";
import type { PrivateOffer } from "#catalog/offer.ts";
import type { Feature } from "#catalog/query.ts";
import { optimizeGroup } from "#controller/core/optimizer/job-group.ts";
import { optimize } from "#controller/core/optimizer/optimize.ts";
import { planJson, planText, stalePrices } from "#controller/core/optimizer/plan-table.ts";
import { resolveResources } from "#controller/core/optimizer/resolve.ts";
import type {
  BlockedOffer,
  Candidate,
  ExpectedPrice,
  Infeasible,
  OptimizeRequest,
  Plan,
  ReservedNodes,
  RuntimeEstimate,
  Target,
  TaskRequest,
} from "#controller/core/optimizer/request.ts";
import { StixError, type StixErrorFields } from "#shared/errors/stix-error.ts";
import type { Dag, Resources, ResourcesChoice, Task } from "#shared/task/task.ts";

export interface PlanOptions {
  readonly catalog: Catalog;
  /** Lower-case names, in order of preference; `local` is used only when named or alone. */
  readonly enabledClouds: readonly string[];
  readonly minimize?: Target;
  readonly blocked?: readonly BlockedOffer[];
  /** What providers sell themselves (a machine, a node pool, a cluster of one's own). */
  readonly ownOffers?: readonly PrivateOffer[];
  /** Needed beside what the file says, for example "autostop". */
  readonly features?: readonly Feature[];
  /** By task, as the caller knows them; a task without one takes an hour. */
  readonly runtimeSeconds?: readonly (RuntimeEstimate | undefined)[];
  /** Pairs of task indices; absent: a pipeline's tasks one after the other. */
  readonly edges?: readonly (readonly [number, number])[];
  readonly reservedNodes?: ReservedNodes;
  readonly expectedPrice?: ExpectedPrice;
  /** Ceiling for each task, all its nodes together. */
  readonly maxUsdPerHour?: number;
  /** ISO day; prices much older are warned of. */
  readonly today?: string;
  readonly isColored?: boolean;
  /** Letters of a line on the reader's terminal. */
  readonly columns?: number;
}

export interface PlannedDag {
  readonly plan: Plan;
  /** The printed plan, in SkyPilot's layout. */
  readonly table: string;
  /** The plan for `-o json`. */
  readonly json: Record<string, unknown>;
  /** The chosen offer of each task. */
  readonly candidates: readonly Candidate[];
}

/** @throws StixError of SkyPilot's class when no plan exists: what, and what to relax. */
export function planTask(dag: Dag, options: PlanOptions): PlannedDag {
  const catalog = withPrivateOffers(options.catalog, options.ownOffers ?? []);
  const view = (cloud: string) => catalog.view(cloud);
  const request: OptimizeRequest = {
    tasks: dag.tasks.map((task, index) => taskRequest(task, index, options)),
    edges: options.edges ?? (dag.kind === "pipeline" ? chain(dag.tasks.length) : []),
    enabledClouds: options.enabledClouds,
    blocked: options.blocked ?? [],
    target: options.minimize ?? "cost",
    view,
    devices: catalog.devices(),
    ...(options.reservedNodes === undefined ? {} : { reservedNodes: options.reservedNodes }),
    ...(options.expectedPrice === undefined ? {} : { expectedPrice: options.expectedPrice }),
  };
  if (options.enabledClouds.length === 0) throw noClouds();
  const found = dag.kind === "job-group" ? optimizeGroup(request, dag.group?.interConnection) : optimize(request);
  if (found.kind === "infeasible") throw noPlan(found);
  const stale = options.today === undefined ? [] : stalePrices(found, options.today, view);
  const plan = { ...found, warnings: [...found.warnings, ...catalog.warnings, ...stale] };
  return {
    plan,
    table: [
      ...orderedLists(dag),
      planText(plan, {
        view,
        isColored: options.isColored === true,
        ...(options.columns === undefined ? {} : { columns: options.columns }),
      }),
    ].join("\n"),
    json: planJson(plan),
    candidates: plan.tasks.map((task) => task.chosen.candidate),
  };
}

/** That a task's alternatives are tried in the order they are written, in SkyPilot's words: scripts look for them. */
function orderedLists({ tasks }: Dag): string[] {
  return tasks.flatMap(({ name, resources }, index) => {
    if (resources.kind !== "list") return [];
    const lead = tasks.length === 1 ? "Using" : `Task '${name ?? `task-${index}`}' is using`;
    return [
      `${lead} user-specified accelerators list (will be tried in the listed order): ${resources.alternatives.map(wishText).join(", ")}`,
    ];
  });
}

function wishText({ accelerator, cloud, useSpot }: Resources): string {
  const place = cloud === undefined ? "" : `${cloud} `;
  const device = accelerator === undefined ? "no accelerator" : `${accelerator.name}:${accelerator.count}`;
  return `${place}${device}${useSpot === true ? " [Spot]" : ""}`;
}

/**
 * Slips that show without asking a cloud: a region, zone, type or tier that the named cloud has not. Whether the cloud is
 * enabled, and whether anything is offered, is the plan's to say. @throws StixError of the first slip.
 */
export function checkPlaces(dag: Dag, catalog: Catalog): void {
  const devices = catalog.devices();
  for (const task of dag.tasks) {
    for (const wish of task.resources.alternatives) {
      if (wish.cloud === undefined) continue;
      const world = {
        enabledClouds: [wish.cloud.toLowerCase()],
        view: (cloud: string) => catalog.view(cloud),
        devices,
      };
      const found = resolveResources(wish, world);
      if (found.kind === "wrong")
        throw new StixError({ code: CODES[found.exception], message: found.message, hint: found.hint });
    }
  }
}

/** A task as the optimizer reads it. */
export function taskRequest(
  task: Task,
  index: number,
  options: Pick<PlanOptions, "features" | "runtimeSeconds" | "maxUsdPerHour"> = {},
): TaskRequest {
  const runtime = options.runtimeSeconds?.[index];
  const mounts = Object.values(task.storageMounts).some((storage) => storage.mode !== "COPY");
  const features: Feature[] = [...(options.features ?? []), ...(mounts ? (["storage_mounting"] as const) : [])];
  return {
    name: task.name ?? `task-${index}`,
    numNodes: task.numNodes,
    resources: options.maxUsdPerHour === undefined ? task.resources : withCeiling(task, options.maxUsdPerHour),
    ...(runtime === undefined ? {} : { runtimeSeconds: runtime }),
    ...(task.inputs === undefined
      ? {}
      : { inputs: { cloud: cloudOfUri(task.inputs.uri), sizeGb: task.inputs.sizeGb } }),
    ...(task.outputs === undefined ? {} : { outputsGb: task.outputs.sizeGb }),
    ...(features.length === 0 ? {} : { features }),
  };
}

/** The ceiling is for all nodes together; a lower one in the file stays. */
function withCeiling(task: Task, maxUsdPerHour: number): ResourcesChoice {
  const perNode = maxUsdPerHour / task.numNodes;
  const alternatives = task.resources.alternatives.map((wish) => ({
    ...wish,
    maxHourlyCost: Math.min(wish.maxHourlyCost ?? perNode, perNode),
  }));
  return { kind: task.resources.kind, alternatives };
}

/** Cloud of a bucket address; null where its data leaves for free (R2) or the host is not known. */
export function cloudOfUri(uri: string): string | null {
  const [scheme = "", , host = ""] = uri.split("/");
  const [cloud] = cloudsWith(({ buckets }) =>
    scheme === "https:"
      ? /^https:\/\/[^/]+\//.test(uri) && buckets.hosts.some((end) => host.endsWith(end) && host.length > end.length)
      : buckets.schemes.includes(uri.split(":", 1)[0] ?? ""),
  );
  return cloud ?? null;
}

function chain(count: number): [number, number][] {
  return Array.from({ length: Math.max(0, count - 1) }, (_, index) => [index, index + 1]);
}

const CODES = {
  ResourcesUnavailableError: "resources-unavailable",
  ResourcesMismatchError: "resources-mismatch",
  ValueError: "bad-value",
  NotSupportedError: "not-supported",
} as const satisfies Record<Infeasible["exception"], StixErrorFields["code"]>;

const REASONS_MAX = 40;

/** The failure as the error users see; `details` holds suggestions and what each cloud said. */
export function noPlan(failure: Infeasible): StixError {
  return new StixError({
    code: CODES[failure.exception],
    message: failure.message,
    hint: failure.hint,
    details: {
      suggestions: failure.suggestions,
      reasons: failure.reasons.slice(0, REASONS_MAX),
      relax: failure.relax,
      story: failure.story,
    },
  });
}

function noClouds(): StixError {
  return new StixError({
    code: "no-cloud-access",
    message: "no cloud is enabled",
    hint: "stix check shows what each cloud lacks; --assume-enabled CLOUD plans without access",
  });
}
