// Asks clouds whether they can be used.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cloudAccess } from "#controller/core/clouds/access.gen.ts";
import { foundAccess, placesOf } from "#controller/core/clouds/access.ts";
import type { ProviderAnswer } from "#controller/providers/contract/failure.ts";
import type { OwnOffer } from "#controller/providers/contract/place.ts";
import { activeWorkspace } from "#shared/config/lookup.ts";
import { cloudName, unknownCloudHint } from "./known-clouds.ts";
import type { World } from "./operation.ts";
import { forbiddenBecause } from "./request-config.ts";

export interface CheckedCloud {
  readonly cloud: string;
  readonly enabled: boolean;
  /** Who we are there, when it tells. */
  readonly account: string | null;
  readonly reason: string | null;
  readonly hint: string | null;
  /** How to set it up, one step a line; empty where that is not the matter. */
  readonly setUp: readonly string[];
}

/** In the order of the shelf. `names` null: all. Unknown names are answered as not enabled. */
export async function checkClouds(
  world: World,
  names: readonly string[] | null,
  signal: AbortSignal,
): Promise<readonly CheckedCloud[]> {
  return await Promise.all(
    (names ?? world.providers.names).map((cloud) => checkCloud(world, cloudName(cloud), signal)),
  );
}

async function checkCloud(world: World, cloud: string, signal: AbortSignal): Promise<CheckedCloud> {
  const provider = await world.providers.load(cloud, activeWorkspace(world.config()));
  if (provider === null) return unknownCloud(world, cloud);
  const forbidden = forbiddenBecause(world, cloud);
  if (forbidden !== null)
    return {
      cloud,
      enabled: false,
      account: null,
      reason: forbidden,
      hint: "change the server's config.yaml",
      setUp: [],
    };
  const answer = await provider.check(provider.everywhere, signal);
  if (answer.ok) return { cloud, enabled: true, account: answer.value.account, reason: null, hint: null, setUp: [] };
  return { cloud, enabled: false, account: null, reason: answer.message, hint: answer.hint, setUp: [] };
}

/** A cloud that can only be planned for, or no cloud at all. */
function unknownCloud(world: World, cloud: string): CheckedCloud {
  const off = { cloud, enabled: false, account: null };
  const access = Object.hasOwn(cloudAccess, cloud) ? cloudAccess[cloud] : undefined;
  if (access === undefined) {
    return { ...off, reason: `there is no cloud '${cloud}'`, hint: unknownCloudHint(world, cloud), setUp: [] };
  }
  const found = foundAccess(access, {
    hasFile: (path) => existsSync(join(world.home, path)),
    hasVariable: (name) => (world.environment[name] ?? "") !== "",
  });
  const keys = found === null ? `no credentials: looked for ${placesOf(access)}` : `credentials found: ${found}`;
  return {
    ...off,
    reason: `${keys}; this version plans for ${access.title} and cannot launch there yet`,
    hint: `plans and prices: stix launch --dryrun --assume-enabled ${cloud}`,
    setUp: found === null ? access.setUp : [],
  };
}

export async function enabledClouds(world: World, signal: AbortSignal): Promise<readonly string[]> {
  return (await checkClouds(world, null, signal)).filter((each) => each.enabled).map((each) => each.cloud);
}

/** What enabled clouds sell beside the public catalog; one that cannot tell sells nothing. */
export async function ownOffers(
  world: World,
  clouds: readonly string[],
  signal: AbortSignal,
): Promise<readonly OwnOffer[]> {
  const answers = await Promise.all(
    clouds.map(async (cloud): Promise<ProviderAnswer<readonly OwnOffer[]> | null> => {
      const provider = await world.providers.load(cloud, activeWorkspace(world.config()));
      return provider === null ? null : await provider.describe(provider.everywhere, signal);
    }),
  );
  return answers.flatMap((answer) => (answer !== null && answer.ok ? answer.value : []));
}
