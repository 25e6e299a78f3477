// Names of clouds that somebody typed: which ones there are, and which one was meant.
import { cloudAccess } from "#controller/core/clouds/access.gen.ts";
import { wordsFor } from "#shared/clouds.ts";
import { StixError } from "#shared/errors/stix-error.ts";
import { namesHint } from "#shared/schema/similar.ts";
import { CLOUDS, similarCloud } from "#shared/task/schema/words.ts";
import type { World } from "./operation.ts";

type KnownWorld = Pick<World, "catalog" | "providers">;

/** Lower case, and by the one name of a cloud that has several. */
export function cloudName(written: string): string {
  const lower = written.toLowerCase();
  return wordsFor("aliases").get(lower) ?? wordsFor("commands").get(lower) ?? lower;
}

/** The names as cloudName has them. Throws bad-value for what is no cloud, with what may be meant. */
export function knownClouds(world: KnownWorld, written: readonly string[]): readonly string[] {
  const known = cloudNames(world);
  return written.map((name) => {
    const cloud = cloudName(name);
    if (known.includes(cloud)) return cloud;
    throw new StixError({
      code: "bad-value",
      message: `there is no cloud '${name}'`,
      hint: unknownCloudHint(world, name),
    });
  });
}

/** What to write for a name that is no cloud. */
export function unknownCloudHint(world: KnownWorld, name: string): string {
  const alias = similarCloud(name);
  return alias === undefined ? namesHint(name, cloudNames(world), "clouds are") : `did you mean ${cloudName(alias)}`;
}

/** Clouds that a task may name, that have prices, or that can be used. */
export function cloudNames({ catalog, providers }: KnownWorld): readonly string[] {
  return [...new Set([...CLOUDS, ...Object.keys(cloudAccess), ...providers.names, ...catalog().clouds])];
}
