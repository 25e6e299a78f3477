// Questions about clouds that tasks, configs and commands ask, answered from the manifests.
import type { CloudFacts } from "./cloud-facts.ts";
import { cloudFacts } from "./clouds.gen.ts";

type Facts = Omit<CloudFacts, "access">;

const all: readonly Facts[] = Object.values(cloudFacts);

/** null: no cloud of that name is known. */
export function factsOf(cloud: string | undefined): Facts | null {
  return cloud !== undefined && Object.hasOwn(cloudFacts, cloud) ? (cloudFacts[cloud] ?? null) : null;
}

/** Ids of the clouds for which it is so, as listed. */
export function cloudsWith(isSo: (facts: Facts) => boolean): readonly string[] {
  return all.filter(isSo).map(({ id }) => id);
}

/** Words of `kind` to the id they stand for. */
export function wordsFor(kind: keyof Facts["names"]): ReadonlyMap<string, string> {
  return new Map(all.flatMap(({ id, names }) => names[kind].map((word) => [word, id] as const)));
}
