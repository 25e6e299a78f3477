// Which source refreshes which cloud.
import type { CatalogSource } from "../../refresh/source.ts";
import { skyLists } from "../../refresh/sky-lists.ts";
import { awsPrices } from "./aws.ts";
import { azurePrices } from "./azure.ts";
import { gcpPrices } from "./gcp.ts";
import { lambdaPrices } from "./lambda.ts";
import { runpodPrices } from "./runpod.ts";

/** Sources of our own, by cloud. */
const ownSources: ReadonlyMap<string, CatalogSource> = new Map(
  [awsPrices, azurePrices, gcpPrices, lambdaPrices, runpodPrices].map((source) => [source.cloud, source]),
);

// Clouds with a hosted list.
const LISTED = [
  "aws",
  "azure",
  "cudo",
  "do",
  "fluidstack",
  "gcp",
  "hyperbolic",
  "ibm",
  "lambda",
  "mithril",
  "nebius",
  "oci",
  "paperspace",
  "primeintellect",
  "runpod",
  "scp",
  "seeweb",
  "shadeform",
  "vast",
  "verda",
];

/** The source of a cloud: our own, or SkyPilot's hosted list; `lists` prefers the latter everywhere. Null for a cloud without either. */
export function sourceOf(cloud: string, preference: "own" | "lists" = "own"): CatalogSource | null {
  const own = preference === "own" ? ownSources.get(cloud) : undefined;
  if (own !== undefined) return own;
  return LISTED.includes(cloud) ? skyLists(cloud) : null;
}
