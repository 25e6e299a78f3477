// Which names a bucket may have, by store.
import type { StoreName } from "./storage.ts";

interface NameRule {
  readonly lengthMin: number;
  readonly lengthMax: number;
  readonly pattern: RegExp;
  /** Patterns that no name may have, with what to say about them. */
  readonly refused: readonly (readonly [RegExp, string])[];
}

const IPV4: readonly [RegExp, string] = [/^(?:\d{1,3}\.){3}\d{1,3}$/, "looks like an IP address"];
const TWO_DOTS: readonly [RegExp, string] = [/\.\./, "has two dots in a row"];
const DOT_AND_DASH: readonly [RegExp, string] = [/\.-|-\./, "has a dot beside a dash"];
const TWO_DASHES: readonly [RegExp, string] = [/--/, "has two dashes in a row"];

const S3_PATTERN = /^[a-z0-9][-a-z0-9.]*[a-z0-9]$/;

const S3: NameRule = {
  lengthMin: 3,
  lengthMax: 63,
  pattern: S3_PATTERN,
  refused: [
    TWO_DOTS,
    IPV4,
    [/^xn--/, "begins with 'xn--'"],
    [/-s3alias$/, "ends with '-s3alias'"],
    [/--ol-s3$/, "ends with '--ol-s3'"],
  ],
};

const GCS: NameRule = {
  lengthMin: 3,
  lengthMax: 222,
  pattern: /^[a-z0-9][-a-z0-9._]*[a-z0-9]$/,
  refused: [
    [/[^.]{64}/, "has a part of more than 63 letters between dots"],
    TWO_DOTS,
    DOT_AND_DASH,
    IPV4,
    [/^goog/, "begins with 'goog'"],
    [/google|g00gle|go0gle|g0ogle/, "contains 'google' or looks so"],
  ],
};

const RULES: Readonly<Record<Exclude<StoreName, "VOLUME">, NameRule>> = {
  S3,
  R2: S3,
  NEBIUS: S3,
  COREWEAVE: S3,
  VASTDATA: S3,
  GCS,
  AZURE: { lengthMin: 3, lengthMax: 63, pattern: /^[a-z0-9][-a-z0-9]*[a-z0-9]$/, refused: [TWO_DASHES] },
  IBM: { lengthMin: 3, lengthMax: 63, pattern: S3_PATTERN, refused: [TWO_DOTS, TWO_DASHES, DOT_AND_DASH, IPV4] },
  OCI: { lengthMin: 1, lengthMax: 256, pattern: /^[A-Za-z0-9\-._]+$/, refused: [] },
  HF: {
    lengthMin: 3,
    lengthMax: 193,
    pattern: /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,95}\/[a-zA-Z0-9][a-zA-Z0-9._-]{0,95}$/,
    refused: [],
  },
};

/** Why `name` cannot name a bucket of this store; undefined when it can. */
export function bucketNameFault(store: StoreName, name: string): string | undefined {
  if (store === "VOLUME") return undefined;
  const rule = RULES[store];
  if (name.length < rule.lengthMin || name.length > rule.lengthMax) {
    return `bucket name '${name}' must have ${rule.lengthMin} to ${rule.lengthMax} letters in ${store}`;
  }
  if (!rule.pattern.test(name))
    return `bucket name '${name}' does not match '${rule.pattern.source}', which ${store} asks for`;
  const refused = rule.refused.find(([pattern]) => pattern.test(name));
  return refused === undefined ? undefined : `bucket name '${name}' ${refused[1]}, which ${store} refuses`;
}
