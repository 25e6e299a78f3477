// Answers about prices without running anything: every offer for a task, and why one was chosen or not.
import hazards from "#catalog/data/spot-hazard.json";
import { withPrivateOffers } from "#catalog/load.ts";
import { expectedPrice } from "#controller/core/optimizer/expected-cost.ts";
import { explain, type Explanation, type Subject } from "#controller/core/optimizer/explain.ts";
import { listOffers, offersJson, offersText, type OfferOrder } from "#controller/core/optimizer/offers.ts";
import { offerJson } from "#controller/core/optimizer/plan-table.ts";
import { prose } from "#controller/core/optimizer/text-table.ts";
import type { OptimizeRequest } from "#controller/core/optimizer/request.ts";
import type { Task } from "#shared/task/task.ts";
import { enabledClouds, ownOffers } from "./enabled-clouds.ts";
import { knownClouds } from "./known-clouds.ts";
import type { World } from "./operation.ts";
import { noPlan, taskRequest } from "./optimize.ts";

export interface OffersWish {
  readonly task: Task;
  readonly order: OfferOrder;
  readonly limit: number;
  /** Spot prices by the hour of useful work. */
  readonly expected: boolean;
  /** Letters of a line of the printed table; null: as wide as it is. */
  readonly columns: number | null;
}

export interface PriceAnswer {
  readonly json: Record<string, unknown>;
  readonly text: string;
}

/** Offers of every cloud with prices, also of those that are not enabled here; those are named below the table. */
export async function offersOfTask(world: World, wish: OffersWish, signal: AbortSignal): Promise<PriceAnswer> {
  const enabled = await enabledClouds(world, signal);
  const market = await marketOf(world, [...new Set([...enabled, ...world.catalog().clouds])], enabled, signal);
  const found = listOffers(
    { ...market, ...(wish.expected ? { expectedPrice: expectedPrice({ hazards }) } : {}) },
    { task: taskRequest(wish.task, 0), order: wish.order, limit: wish.limit },
  );
  if ("kind" in found) throw noPlan(found);
  const display = (cloud: string) => market.view(cloud).rules.display;
  const off = [...new Set(found.offers.map(({ candidate }) => candidate.cloud))].filter(
    (cloud) => !enabled.includes(cloud),
  );
  const note = off.length === 0 ? "" : `\nNot enabled here: ${off.map(display).join(", ")} (stix check)`;
  return {
    json: { ...offersJson(found), not_enabled: off },
    text: `${offersText(found, display, wish.columns ?? undefined)}${note}`,
  };
}

export interface ExplainWish {
  readonly task: Task;
  readonly subject: Subject;
  readonly assumeEnabled: readonly string[];
  readonly columns: number | null;
}

/** Why the choice, or why not the subject: the first rule that left it out, or what it costs more. */
export async function explainTask(world: World, wish: ExplainWish, signal: AbortSignal): Promise<PriceAnswer> {
  const [cloud] = wish.subject.cloud === undefined ? [] : knownClouds(world, [wish.subject.cloud]);
  const subject = cloud === undefined ? wish.subject : { ...wish.subject, cloud };
  const enabled = await enabledClouds(world, signal);
  const clouds = [...new Set([...enabled, ...knownClouds(world, wish.assumeEnabled)])];
  const found = explain(await marketOf(world, clouds, enabled, signal), taskRequest(wish.task, 0), subject);
  return { json: explanationJson(found), text: prose(found.sentences.join("\n"), wish.columns ?? undefined) };
}

function explanationJson(found: Explanation): Record<string, unknown> {
  return {
    verdict: found.verdict,
    rule: found.rule,
    sentences: found.sentences,
    chosen: found.chosen === null ? null : { ...offerJson(found.chosen.candidate), cost: found.chosen.costUsd },
    subject: found.subject === null ? null : { ...offerJson(found.subject.candidate), cost: found.subject.costUsd },
  };
}

async function marketOf(
  world: World,
  clouds: readonly string[],
  enabled: readonly string[],
  signal: AbortSignal,
): Promise<Omit<OptimizeRequest, "tasks" | "edges">> {
  const catalog = withPrivateOffers(world.catalog(), await ownOffers(world, enabled, signal));
  return { enabledClouds: clouds, target: "cost", view: (cloud) => catalog.view(cloud), devices: catalog.devices() };
}
