// Why nothing can be had: what was asked, where it was looked for, which name nobody knows, and what is offered instead.
import { matchAccelerators, sameCount } from "#catalog/query.ts";
import { nearestNames } from "#shared/schema/similar.ts";
import { formatInfra } from "#shared/task/infra.ts";
import type { Resources } from "#shared/task/task.ts";
import { oneLine, pythonRepr } from "#shared/yaml/python-text.ts";
import { cloudsFor, type Exclusion, type SearchOptions } from "./candidates.ts";
import { memoryText, quantityText } from "./match.ts";
import type { Infeasible, OptimizeRequest, TaskRequest } from "./request.ts";
import { similarDevices, wishToDrop } from "./suggest.ts";

type Market = SearchOptions & Pick<OptimizeRequest, "devices">;

/** The failure of a task for which no cloud has an offer. */
export function nothingFits(
  task: TaskRequest,
  index: number,
  alternatives: readonly Resources[],
  excluded: readonly Exclusion[],
  market: Market,
): Infeasible {
  const mismatch = excluded.find((exclusion) => exclusion.mismatch);
  const base = {
    kind: "infeasible",
    task: index,
    reasons: excluded.map(({ cloud, reason }) => ({ cloud, reason })),
  } as const;
  if (mismatch !== undefined) {
    return {
      ...base,
      exception: "ResourcesMismatchError",
      message: mismatch.reason,
      hint: "leave out instance_type or accelerators",
      story: [],
      suggestions: [],
      relax: null,
    };
  }
  const unknown = unknownDevices(alternatives, market);
  const suggestions = similarDevices(task, alternatives, market);
  const near = unknown.flatMap((name) => nearestNames(name, deviceNames(market)));
  const relax = wishToDrop(task, alternatives, market);
  const asked = `no offer fits the request of task '${oneLine(task.name)}': ${alternatives.map((wish) => wishText(wish, task.numNodes)).join(" or ")}`;
  return {
    ...base,
    exception: "ResourcesUnavailableError",
    message: unknown.length === 0 ? asked : `${unknownText(unknown)}; ${asked}`,
    hint:
      unknown.length > 0 && suggestions.length === 0
        ? unknownHint(near)
        : hintFor(task, alternatives, market, { suggestions, relax }),
    story: alternatives.flatMap((wish) =>
      storyOf(task, wish, market, { suggestions: suggestions.length > 0 ? suggestions : near, excluded }),
    ),
    suggestions,
    relax,
  };
}

/** What a refusal by machines of one's own lacks: the lines for the log, and what to say of a name that nobody knows (null: it is known). */
export function asIfNothingFits(
  task: TaskRequest,
  market: Market,
): { readonly story: readonly string[]; readonly unknown: { readonly message: string; readonly hint: string } | null } {
  const { alternatives } = task.resources;
  const names = unknownDevices(alternatives, market);
  const near = names.flatMap((name) => nearestNames(name, deviceNames(market)));
  const story = alternatives.flatMap((wish) => storyOf(task, wish, market, { suggestions: near, excluded: [] }));
  return { story, unknown: names.length === 0 ? null : { message: unknownText(names), hint: unknownHint(near) } };
}

/** What the log of a plan says before the error: the lines that SkyPilot prints, since scripts look for their beginnings. */
function storyOf(
  task: TaskRequest,
  wish: Resources,
  market: Market,
  { suggestions, excluded }: { readonly suggestions: readonly string[]; readonly excluded: readonly Exclusion[] },
): string[] {
  const clouds = cloudsFor(wish, market).map((cloud) => market.view(cloud).rules.display);
  const nodes = task.numNodes > 1 ? `${task.numNodes}x ` : "";
  const first = `No resource satisfying ${nodes}${skypilotRepr(wish, market)} on ${clouds.length === 1 ? clouds[0] : `[${clouds.join(", ")}]`}.`;
  if (suggestions.length > 0) return [first, `Did you mean: ${pythonRepr([...suggestions])}`];
  const reasons = new Set(excluded.map(({ cloud, reason }) => `- ${cloud}: ${oneLine(reason)}`));
  return [first, ...[...reasons].slice(0, REASONS_TOLD_MAX)];
}

const REASONS_TOLD_MAX = 10;

/** `AWS({'A100': 3}, region=us-east-1)`, as SkyPilot writes resources. */
function skypilotRepr(wish: Resources, market: Market): string {
  const { accelerator } = wish;
  const machine = `${wish.instanceType ?? ""}${wish.useSpot === true ? "[Spot]" : ""}`;
  const parts = [
    machine,
    wish.cpus === undefined ? "" : `cpus=${wish.cpus.text ?? quantityText(wish.cpus)}`,
    wish.memory === undefined ? "" : `mem=${wish.memory.text ?? quantityText(wish.memory)}`,
    accelerator === undefined ? "" : pythonRepr({ [accelerator.name]: accelerator.count }),
    wish.diskTier === undefined ? "" : `disk_tier=${wish.diskTier}`,
    wish.networkTier === undefined ? "" : `network_tier=${wish.networkTier}`,
    wish.localDisk === undefined ? "" : `local_disk=${wish.localDisk.mode}:${quantityText(wish.localDisk.sizeGb)}`,
    wish.maxHourlyCost === undefined ? "" : `max_cost=$${wish.maxHourlyCost}/hr`,
    wish.ports === undefined ? "" : `ports=${pythonRepr(wish.ports)}`,
    wish.region === undefined ? "" : `region=${wish.region}`,
    wish.zone === undefined ? "" : `zone=${wish.zone}`,
  ];
  const cloud = wish.cloud === undefined ? "<Cloud>" : market.view(wish.cloud).rules.display;
  return oneLine(`${cloud}(${parts.filter((part) => part !== "").join(", ")})`);
}

/** What an alternative asks for, as one would say it: "A100:3, 4+ vCPUs, spot, in aws/us-east-1". */
export function wishText(wish: Resources, numNodes: number): string {
  const { accelerator, localDisk } = wish;
  const place = formatInfra(wish);
  const parts = [
    ...(wish.instanceType === undefined ? [] : [wish.instanceType]),
    ...(accelerator === undefined ? [] : [`${accelerator.name}:${accelerator.count}`]),
    ...(wish.cpus === undefined ? [] : [`${quantityText(wish.cpus)} vCPUs`]),
    ...(wish.memory === undefined ? [] : [memoryText(wish.memory)]),
    ...(wish.useSpot === true ? ["spot"] : []),
    ...(localDisk === undefined ? [] : [`a local disk of ${quantityText(localDisk.sizeGb)} GB (${localDisk.mode})`]),
    ...(wish.diskTier === undefined ? [] : [`disk tier ${wish.diskTier}`]),
    ...(wish.networkTier === undefined ? [] : [`network tier ${wish.networkTier}`]),
    ...(wish.ports === undefined ? [] : [`ports ${wish.ports.join(" ")}`]),
    ...(wish.maxHourlyCost === undefined ? [] : [`at most $${wish.maxHourlyCost} an hour`]),
    ...(numNodes > 1 ? [`${numNodes} nodes`] : []),
    ...(place === undefined ? [] : [`in ${place}`]),
  ];
  return oneLine(parts.length === 0 ? "a machine of any size" : parts.join(", "));
}

const PLAIN_NAME = /^[\w .-]+$/;
const MEMORY_SIZE = /^\d+(?:[kmgtp][bi])\+?$/i;

/** Names of accelerators that neither the catalog nor any cloud here has heard of; empty when there is one that is known. */
function unknownDevices(alternatives: readonly Resources[], market: Market): string[] {
  const names = alternatives.map((wish) => wish.accelerator?.name);
  if (
    market.devices === undefined ||
    !names.every((name) => name !== undefined && PLAIN_NAME.test(name) && !isKnown(name, market))
  )
    return [];
  return [...new Set(names.flatMap((name) => name ?? []))];
}

function isKnown(name: string, market: Market): boolean {
  const lower = name.toLowerCase();
  if ((market.devices ?? []).some((device) => device.name.toLowerCase() === lower)) return true;
  return market.enabledClouds.some((cloud) => matchAccelerators(market.view(cloud).table, name).includes(1));
}

function deviceNames(market: Market): string[] {
  return [
    ...(market.devices ?? []).map((device) => device.name),
    ...market.enabledClouds.flatMap((cloud) => market.view(cloud).table.acceleratorNames),
  ];
}

function unknownText(names: readonly string[]): string {
  const sizes = names.filter((name) => MEMORY_SIZE.test(name));
  if (sizes.length === names.length) return `no accelerator is known that has ${sizes.join(" or ")} of memory`;
  return `unknown accelerator${names.length > 1 ? "s" : ""} ${names.map((name) => `'${name}'`).join(", ")}`;
}

const SEE_ALL = "stix gpus list --all shows every accelerator";

function unknownHint(near: readonly string[]): string {
  return near.length === 0 ? SEE_ALL : `did you mean ${near.join(" or ")}? ${SEE_ALL}`;
}

function hintFor(
  task: TaskRequest,
  alternatives: readonly Resources[],
  market: Market,
  { suggestions, relax }: Pick<Infeasible, "suggestions" | "relax">,
): string {
  if (suggestions.length > 0) return `ask for one of these offered accelerators: ${suggestions.join(", ")}`;
  const most = alternatives.map((wish) => mostOffered(wish, market)).find((each) => each !== null);
  if (most !== undefined && most !== null) {
    const nodes = Math.ceil((most.wanted * task.numNodes) / most.count);
    return `no machine has more than ${most.name}:${most.count}; ${nodes} nodes of that have as many: num_nodes: ${nodes}`;
  }
  if (relax === null) return "relax the request; stix gpus list shows what is offered, stix check what is enabled";
  return `leave out ${relax.field}: then ${relax.where} fits for $${relax.cheapestUsdPerHour.toFixed(2)} an hour`;
}

/** The most of the device that one machine has, when that is less than what is asked for; null otherwise. */
function mostOffered(
  wish: Resources,
  market: Market,
): { readonly name: string; readonly count: number; readonly wanted: number } | null {
  const wanted = wish.accelerator;
  if (wanted === undefined) return null;
  let best: { name: string; count: number } | null = null;
  for (const cloud of cloudsFor(wish, market)) {
    const { table } = market.view(cloud);
    const names = matchAccelerators(table, wanted.name);
    table.typeAccelerator.forEach((id, type) => {
      const count = id >= 0 && names[id] === 1 ? (table.typeAcceleratorCount[type] ?? 0) : 0;
      if (count > (best?.count ?? 0)) best = { name: table.acceleratorNames[id] ?? wanted.name, count };
    });
  }
  const found = best as { name: string; count: number } | null;
  return found === null || found.count >= wanted.count || sameCount(found.count, wanted.count)
    ? null
    : { ...found, wanted: wanted.count };
}
