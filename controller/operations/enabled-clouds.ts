// Asks clouds whether they can be used.
import type { ProviderAnswer, OwnOffer } from "#controller/providers/contract/provider.ts";
import type { World } from "./operation.ts";
import { forbiddenBecause } from "./request-config.ts";

export interface CheckedCloud {
  readonly cloud: string;
  readonly enabled: boolean;
  /** Who we are there, when it tells. */
  readonly account: string | null;
  readonly reason: string | null;
  readonly hint: string | null;
}

/** In the order of the shelf. `names` null: all. Unknown names are answered as not enabled. */
export async function checkClouds(world: World, names: readonly string[] | null, signal: AbortSignal): Promise<readonly CheckedCloud[]> {
  return await Promise.all((names ?? world.providers.names).map((cloud) => checkCloud(world, cloud.toLowerCase(), signal)));
}

async function checkCloud(world: World, cloud: string, signal: AbortSignal): Promise<CheckedCloud> {
  const provider = await world.providers.load(cloud);
  if (provider === null) return { cloud, enabled: false, account: null, reason: `this version does not know '${cloud}'`, hint: `it knows ${world.providers.names.join(", ")}` };
  const forbidden = forbiddenBecause(world, cloud);
  if (forbidden !== null) return { cloud, enabled: false, account: null, reason: forbidden, hint: "change the server's config.yaml" };
  const answer = await provider.check(signal);
  if (answer.ok) return { cloud, enabled: true, account: answer.value.account, reason: null, hint: null };
  return { cloud, enabled: false, account: null, reason: answer.message, hint: answer.hint };
}

export async function enabledClouds(world: World, signal: AbortSignal): Promise<readonly string[]> {
  return (await checkClouds(world, null, signal)).filter((each) => each.enabled).map((each) => each.cloud);
}

/** What enabled clouds sell beside the public catalog; one that cannot tell sells nothing. */
export async function ownOffers(world: World, clouds: readonly string[], signal: AbortSignal): Promise<readonly OwnOffer[]> {
  const answers = await Promise.all(clouds.map(async (cloud): Promise<ProviderAnswer<readonly OwnOffer[]> | null> => (await world.providers.load(cloud))?.describe(signal) ?? null));
  return answers.flatMap((answer) => (answer !== null && answer.ok ? answer.value : []));
}
