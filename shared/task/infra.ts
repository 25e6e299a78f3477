// Reads and writes `cloud/region/zone`, the short form for where something runs.
import { factsOf, wordsFor } from "../clouds.ts";
import { pythonStrip } from "../yaml/python-text.ts";

const aliases = wordsFor("aliases");

export interface Infra {
  readonly cloud?: string;
  readonly region?: string;
  readonly zone?: string;
}

/**
 * The parts of `aws/us-east-1/us-east-1a`; `*` and nothing mean any. The rest of a Kubernetes infra is its
 * context; a pool of ssh machines is the region `ssh-<pool>`. Returns the reason when parts are empty or too many.
 */
export function parseInfra(text: string): Infra | { readonly reason: string } {
  const whole = pythonStrip(text);
  if (whole === "" || whole === "*") return {};
  const trimmed = whole.replace(/^\/+|\/+$/g, "");
  const parts = trimmed.split("/").map((part) => pythonStrip(part));
  if (parts.includes("")) return { reason: `infra '${text}' has an empty part` };
  const [first = "", ...rest] = parts;
  const cloud = canonicalCloud(first);
  if (factsOf(cloud)?.places === "contexts") return infraOf(cloud, regionName(cloud, rest.join("/")), undefined);
  if (rest.length > 2) return { reason: `infra '${text}' has more than the three parts cloud/region/zone` };
  return infraOf(cloud, rest[0], rest[1]);
}

/** A region as records have it. */
export function regionName(cloud: string | undefined, region: string): string {
  const prefix = factsOf(cloud)?.regionPrefix ?? "";
  return region === "" || region === "*" || region.startsWith(prefix) ? region : prefix + region;
}

/** A region as users write it. */
export function writtenRegion({ cloud, region }: Infra): string | undefined {
  const prefix = factsOf(cloud)?.regionPrefix ?? "";
  return region?.startsWith(prefix) === true ? region.slice(prefix.length) : region;
}

/** Lower case, and by its first name. */
export function canonicalCloud(name: string): string {
  const lower = name.toLowerCase();
  return aliases.get(lower) ?? lower;
}

function infraOf(cloud: string, region: string | undefined, zone: string | undefined): Infra {
  const named = (part: string | undefined) => part !== undefined && part !== "" && part !== "*";
  return {
    ...(named(cloud) ? { cloud } : {}),
    ...(named(region) && region !== undefined ? { region } : {}),
    ...(named(zone) && zone !== undefined ? { zone } : {}),
  };
}

/** The shortest text that reads back as the same; undefined when nothing is set. */
export function formatInfra(infra: Infra): string | undefined {
  const { cloud, zone } = infra;
  const region = writtenRegion(infra);
  if (zone !== undefined) return `${cloud ?? "*"}/${region ?? "*"}/${zone}`;
  if (region !== undefined) return `${cloud ?? "*"}/${region}`;
  return cloud;
}

// Longer places are cut in the middle of a table.
const PLACE_WIDTH_MAX = 25;

/** For tables: `aws (us-east-1a)`, the narrowest place in brackets; `-` without a cloud. */
export function displayInfra(infra: Infra, options: { readonly widthMax?: number } = {}): string {
  if (infra.cloud === undefined) return "-";
  const region = writtenRegion(infra);
  const place = factsOf(infra.cloud)?.regionShown === true ? (region ?? infra.zone) : (infra.zone ?? region);
  if (place === undefined) return infra.cloud;
  return `${infra.cloud} (${shortened(place, options.widthMax ?? PLACE_WIDTH_MAX)})`;
}

function shortened(text: string, widthMax: number): string {
  if (text.length <= widthMax) return text;
  const kept = widthMax - 3;
  return `${text.slice(0, Math.ceil(kept / 2))}...${text.slice(text.length - Math.floor(kept / 2))}`;
}
