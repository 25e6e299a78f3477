// Names of clusters: what users may write, and the id we make of it. Pure.
import { CLUSTER_NAME_MAX, isClusterName } from "#shared/cluster-name.ts";
import { StixError } from "#shared/errors/stix-error.ts";

/** A cluster id has at most 40 characters: the stem, a dash, the suffix. */
const STEM_LENGTH_MAX = 30;

/** Throws bad-cluster-name. */
export function checkClusterName(name: string): void {
  if (isClusterName(name)) return;
  if (name.length > CLUSTER_NAME_MAX) {
    throw new StixError({
      code: "bad-cluster-name",
      message: `the name of the cluster has ${name.length} letters, and may have ${CLUSTER_NAME_MAX}`,
      hint: "give it a shorter name",
    });
  }
  throw new StixError({
    code: "bad-cluster-name",
    message: `'${name}' is not a name for a cluster`,
    hint: "begin with a letter, go on with letters, digits, dashes, dots, underscores, and end with a letter or digit",
  });
}

/** The id of a new cluster: never used twice thanks to `suffix` (6 random characters). */
export function clusterId(name: string, suffix: string): string {
  const stem = name
    .toLowerCase()
    .replaceAll(/[._]/g, "-")
    .slice(0, STEM_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, "");
  return `${stem}-${suffix}`;
}

/** Clouds take tags and names of at least so many characters. */
const ATTEMPT_KEY_MAX = 40;

/** The key of a cluster's `number`-th attempt (from 1): the same on every server, and of no other cluster thanks to the suffix. */
export function attemptKey(cid: string, number: number): string {
  return `${cid}-${number}`.slice(-ATTEMPT_KEY_MAX).replace(/^-+/, "");
}
