// Why the chosen offer, and why not another: the first rule that leaves it out, or what it would cost more.
import {
  findRegion,
  fitsLocalDisk,
  fitsMemory,
  fitsQuantity,
  matchAccelerators,
  sameCount,
  typesNamed,
  type CloudView,
} from "#catalog/query.ts";
import { nearestNames } from "#shared/schema/similar.ts";
import type { Resources } from "#shared/task/task.ts";
import { searchCandidates } from "./candidates.ts";
import { missingFeature, requiredFeatures } from "./features.ts";
import { matchTypes, memoryText, quantityText } from "./match.ts";
import type { Infeasible, OptimizeRequest, TaskRequest, Weighed } from "./request.ts";
import { resolveResources } from "./resolve.ts";
import { optimize } from "./optimize.ts";
import { bestOfGroups, cloudAt, weigh, weighedAt } from "./weigh.ts";

/** What the user asks about; nothing: the choice itself. */
export interface Subject {
  readonly cloud?: string;
  readonly region?: string;
  readonly instanceType?: string;
}

export interface Explanation {
  /** `fits`: it could be had, but something else is better. */
  readonly verdict: "chosen" | "fits" | "left-out" | "nothing-fits";
  /** The rule that decided, e.g. "cpus"; "price" when it only costs more. */
  readonly rule: string;
  /** One sentence each, the most telling first. */
  readonly sentences: readonly string[];
  readonly chosen: Weighed | null;
  readonly subject: Weighed | null;
}

interface World extends Omit<OptimizeRequest, "tasks" | "edges"> {}

/** Explains one task's choice. */
export function explain(request: World, task: TaskRequest, subject: Subject): Explanation {
  const plan = optimize({ ...request, tasks: [task] });
  if (plan.kind === "infeasible" && subject.cloud === undefined && subject.instanceType === undefined)
    return nothingFits(plan);
  const chosen = plan.kind === "plan" ? (plan.tasks[0]?.chosen ?? null) : null;
  const asked = Object.keys(subject).length > 0;
  if (!asked && plan.kind === "plan" && chosen !== null) return whyChosen(request, task, chosen);
  return aboutSubject(request, task, subject, chosen);
}

function nothingFits(failure: Infeasible): Explanation {
  const reasons = failure.reasons.map(({ cloud, reason }) => `${cloud}: ${reason}`);
  return {
    verdict: "nothing-fits",
    rule: failure.relax?.field ?? "request",
    sentences: [failure.message, failure.hint, ...reasons],
    chosen: null,
    subject: null,
  };
}

function whyChosen(request: World, task: TaskRequest, chosen: Weighed): Explanation {
  const { columns, excluded } = search(request, task);
  const weights = weigh(task, columns, request);
  const groups = bestOfGroups(columns, weights, request.target, {
    hasDevices: task.resources.alternatives.map((wish) => wish.accelerator !== undefined),
    isOrdered: task.resources.kind === "list",
  });
  const isOrdered = task.resources.kind === "list" && task.resources.alternatives.length > 1;
  const first = isOrdered
    ? `${name(chosen)} is the cheapest offer of the first alternative that can be had`
    : `${name(chosen)} is the ${request.target === "cost" ? "cheapest" : "fastest"} of ${columns.row.length} offers that fit: ${usd(chosen.costUsd)}`;
  const others = groups
    .filter((other) => name(other) !== name(chosen))
    .map((other) => `${name(other)} costs ${usd(other.costUsd)} (${difference(other.costUsd, chosen.costUsd)})`);
  return {
    verdict: "chosen",
    rule: "price",
    sentences: [first, ...others, ...excluded.map(({ cloud, reason }) => `${cloud} is left out: ${reason}`)],
    chosen,
    subject: chosen,
  };
}

function aboutSubject(request: World, task: TaskRequest, subject: Subject, chosen: Weighed | null): Explanation {
  const cloud = (subject.cloud ?? cloudSelling(request, subject.instanceType))?.toLowerCase();
  if (cloud === undefined)
    return leftOut(
      "instance_type",
      `no enabled cloud sells '${subject.instanceType ?? "it"}'${meant(
        subject.instanceType ?? "",
        request.enabledClouds.flatMap((each) => request.view(each).table.typeNames),
      )}`,
      chosen,
    );
  const { columns } = search(request, task);
  const weights = weigh(task, columns, request);
  const mine = bestIndex(columns.row.length, weights.costUsd, (index) => {
    const table = columns.views[columns.view[index] ?? 0]?.table;
    if (cloudAt(columns, index) !== cloud || table === undefined) return false;
    if (subject.instanceType !== undefined && table.typeNames[columns.type[index] ?? 0] !== subject.instanceType)
      return false;
    return (
      subject.region === undefined || findRegion(table, subject.region) === table.rowRegion[columns.row[index] ?? 0]
    );
  });
  if (mine >= 0) return whyNotChosen(weighedAt(columns, weights, mine), chosen);
  for (const written of task.resources.alternatives) {
    const [rule, sentence] = firstRule(request, task, written, { ...subject, cloud });
    if (rule !== "") return leftOut(rule, sentence, chosen);
  }
  return leftOut("place", "there is no such offer at a known price", chosen);
}

function whyNotChosen(own: Weighed, chosen: Weighed | null): Explanation {
  if (chosen !== null && name(own) === name(chosen))
    return {
      verdict: "chosen",
      rule: "price",
      sentences: [`${name(own)} is the choice: ${usd(own.costUsd)}`],
      chosen,
      subject: own,
    };
  const against =
    chosen === null ? "" : `, ${name(chosen)} ${usd(chosen.costUsd)} (${difference(own.costUsd, chosen.costUsd)})`;
  const rule =
    chosen !== null && own.candidate.alternative !== chosen.candidate.alternative && own.costUsd < chosen.costUsd
      ? "ordered"
      : "price";
  const first =
    rule === "ordered"
      ? `${name(own)} belongs to a later alternative of the list`
      : `${name(own)} fits and costs ${usd(own.costUsd)}${against}`;
  return { verdict: "fits", rule, sentences: [first], chosen, subject: own };
}

/** The first rule that leaves the subject out of one alternative, in the order in which they are applied. */
function firstRule(
  request: World,
  task: TaskRequest,
  written: Resources,
  subject: Subject & { readonly cloud: string },
): readonly [string, string] {
  if (!request.enabledClouds.includes(subject.cloud))
    return ["enabled", `${subject.cloud} is not enabled: stix check ${subject.cloud}`];
  const resolution = resolveResources(written, request);
  if (resolution.kind === "wrong") return ["request", resolution.message];
  const wish = resolution.resources;
  const view = request.view(subject.cloud);
  if (wish.cloud !== undefined && wish.cloud !== subject.cloud) return ["infra", `the request names ${wish.cloud}`];
  const missing = missingFeature(view.rules, requiredFeatures(wish, task.numNodes, task.features), wish);
  if (missing !== null) return ["features", missing];
  if (subject.region !== undefined && findRegion(view.table, subject.region) < 0)
    return [
      "region",
      `${view.rules.display} has no region '${subject.region}'${meant(subject.region, view.table.regions)}`,
    ];
  if (
    wish.region !== undefined &&
    subject.region !== undefined &&
    wish.region.toLowerCase() !== subject.region.toLowerCase()
  )
    return ["region", `the request names the region ${wish.region}`];
  if (subject.instanceType !== undefined) {
    const broken = firstTypeRule(view, wish, subject.instanceType);
    if (broken !== null) return broken;
  }
  const match = matchTypes(view, wish);
  if (match.kind === "none") return ["size", match.reason];
  const pinned = subject.instanceType === undefined ? wish : { ...wish, instanceType: subject.instanceType };
  const { excluded } = searchCandidates(
    task,
    [{ ...pinned, cloud: subject.cloud, ...(subject.region === undefined ? {} : { region: subject.region }) }],
    {
      enabledClouds: request.enabledClouds,
      blocked: request.blocked ?? [],
      view: request.view,
    },
  );
  const reason = excluded[0]?.reason;
  if (reason === undefined) return ["", ""];
  if (reason.startsWith("above the ceiling")) return ["max_hourly_cost", reason];
  return [reason === "blocked" ? "blocked" : "place", reason];
}

function firstTypeRule(view: CloudView, wish: Resources, typeName: string): readonly [string, string] | null {
  const { table, rules } = view;
  const type = typesNamed(table, typeName)[0];
  if (type === undefined)
    return ["instance_type", `${rules.display} has no instance type '${typeName}'${meant(typeName, table.typeNames)}`];
  if (wish.instanceType !== undefined && wish.instanceType !== typeName)
    return ["instance_type", `the request names the type ${wish.instanceType}`];
  const cpus = table.typeCpus[type] ?? Number.NaN;
  const memory = table.typeMemoryGib[type] ?? Number.NaN;
  const device = wish.accelerator;
  if (device !== undefined) {
    const id = table.typeAccelerator[type] ?? -1;
    const has = id < 0 ? "no accelerator" : `${table.acceleratorNames[id]}:${table.typeAcceleratorCount[type]}`;
    const fits =
      id >= 0 &&
      matchAccelerators(table, device.name)[id] === 1 &&
      sameCount(table.typeAcceleratorCount[type] ?? 0, device.count);
    if (!fits && !(rules.attach?.hosts.test(typeName) ?? false))
      return ["accelerators", `${typeName} has ${has}, ${device.name}:${device.count} is asked for`];
  } else if (rules.families !== null && wish.instanceType === undefined && !rules.families.test(typeName)) {
    return ["family", `${typeName} is of no default family of ${rules.display}: name it with instance_type to use it`];
  }
  const neither =
    wish.cpus === undefined && wish.memory === undefined && device === undefined && wish.instanceType === undefined;
  const wantedCpus = wish.cpus ?? (neither ? (rules.defaultCpus ?? undefined) : undefined);
  if (wantedCpus !== undefined && !fitsQuantity(cpus, wantedCpus))
    return [
      "cpus",
      `${typeName} has ${cpus} vCPUs, ${quantityText(wantedCpus)} ${wish.cpus === undefined ? "is the default" : "is asked for"}`,
    ];
  const wantedMemory =
    wish.memory ??
    (device === undefined && wish.instanceType === undefined ? (rules.defaultMemory ?? undefined) : undefined);
  if (wantedMemory !== undefined && !fitsMemory(memory, cpus, wantedMemory))
    return [
      "memory",
      `${typeName} has ${memory} GiB, ${memoryText(wantedMemory)} ${wish.memory === undefined ? "is the default" : "is asked for"}`,
    ];
  if (wish.localDisk !== undefined && !fitsLocalDisk(table, type, wish.localDisk))
    return ["local_disk", `${typeName} has not the local disk asked for`];
  return null;
}

function meant(written: string, names: readonly string[]): string {
  const near = nearestNames(written, names);
  return near.length === 0 ? "" : `; did you mean ${near.join(" or ")}`;
}

function search(request: World, task: TaskRequest): ReturnType<typeof searchCandidates> {
  const resolved = task.resources.alternatives.flatMap((resources) => {
    const resolution = resolveResources(resources, request);
    return resolution.kind === "resolved" ? [resolution.resources] : [];
  });
  return searchCandidates(task, resolved, {
    enabledClouds: request.enabledClouds,
    blocked: request.blocked ?? [],
    view: request.view,
  });
}

function cloudSelling(request: World, instanceType: string | undefined): string | undefined {
  if (instanceType === undefined) return undefined;
  return request.enabledClouds.find((cloud) => typesNamed(request.view(cloud).table, instanceType).length > 0);
}

function bestIndex(count: number, cost: Float64Array, isMine: (index: number) => boolean): number {
  let best = -1;
  for (let index = 0; index < count; index += 1) {
    if (isMine(index) && (best < 0 || (cost[index] ?? 0) < (cost[best] ?? 0))) best = index;
  }
  return best;
}

function leftOut(rule: string, sentence: string, chosen: Weighed | null): Explanation {
  return { verdict: "left-out", rule, sentences: [sentence], chosen, subject: null };
}

function name({ candidate }: Weighed): string {
  const device =
    candidate.accelerator === null ? "" : ` with ${candidate.accelerator.name}:${candidate.accelerator.count}`;
  return `${candidate.instanceType}${candidate.useSpot ? " (spot)" : ""}${device} in ${candidate.cloud}/${candidate.zone ?? candidate.region}`;
}

function usd(amount: number): string {
  return `$${amount.toFixed(3)}`;
}

function difference(own: number, other: number): string {
  const more = own - other;
  if (Math.abs(more) < 1e-9) return "the same";
  return more > 0 ? `${usd(more)} more` : `${usd(-more)} less`;
}
