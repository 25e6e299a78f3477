// Prices of Google Cloud from its billing catalog: a machine is cores plus memory plus devices, each with a price by region.
import { z } from "zod";
import type { OfferRow } from "../../offer.ts";
import { rowsOf } from "../../refresh/rows.ts";
import { request, requireCredential, seenToday, type CatalogSource, type RefreshWorld } from "../../refresh/source.ts";

const COMPUTE_SERVICE = "6F81-5844-456A";

const pageSchema = z.object({
  skus: z
    .array(
      z.object({
        description: z.string(),
        serviceRegions: z.array(z.string()),
        category: z.object({ usageType: z.string(), resourceGroup: z.string().optional() }),
        pricingInfo: z.array(
          z.object({
            pricingExpression: z.object({
              usageUnit: z.string(),
              tieredRates: z.array(
                z.object({ unitPrice: z.object({ units: z.string().default("0"), nanos: z.number().default(0) }) }),
              ),
            }),
          }),
        ),
      }),
    )
    .default([]),
  nextPageToken: z.string().optional(),
});

interface Sku {
  readonly what: string;
  readonly isSpot: boolean;
  readonly regions: readonly string[];
  /** USD for one core, gibibyte or device an hour. */
  readonly price: number;
}

interface Page {
  readonly skus: readonly Sku[];
  readonly next: string;
}

// The catalog has some 30,000 SKUs at 5,000 a page; more pages than this are a loop.
const PAGES_MAX = 200;

export const gcpPrices: CatalogSource = {
  name: "gcp",
  cloud: "gcp",
  async refresh(world) {
    const key = requireCredential(
      world,
      "GCP_API_KEY",
      "make an API key for the Cloud Billing API and set GCP_API_KEY",
    );
    const prices = new Map<string, number>();
    let token = "";
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const at = token;
      const found: Page = await world.part(`gcp billing catalog, page ${page + 1}`, () => readPage(world, key, at));
      for (const sku of found.skus) {
        for (const region of sku.regions) prices.set(priceKey(sku.what, region, sku.isSpot), sku.price);
      }
      token = found.next;
      if (token === "") break;
    }
    return reprice(world, prices);
  },
};

async function readPage(world: RefreshWorld, key: string, token: string): Promise<Page> {
  const base = world.endpoints["gcp"] ?? "https://cloudbilling.googleapis.com";
  const query = new URLSearchParams({
    pageSize: "5000",
    currencyCode: "USD",
    ...(token === "" ? {} : { pageToken: token }),
  });
  // The key goes in a header: addresses end up in logs and errors.
  const response = await request(world, `${base}/v1/services/${COMPUTE_SERVICE}/skus?${query.toString()}`, {
    headers: { "x-goog-api-key": key },
  });
  const page = pageSchema.parse(await response.json());
  const skus = page.skus.flatMap((sku): Sku[] => {
    const isSpot = sku.category.usageType === "Preemptible";
    if (!isSpot && sku.category.usageType !== "OnDemand") return [];
    const expression = sku.pricingInfo.at(-1)?.pricingExpression;
    const rate = expression?.tieredRates.at(-1)?.unitPrice;
    if (expression === undefined || rate === undefined || !/^(h|GiBy\.h)$/.test(expression.usageUnit)) return [];
    const what = / (?:running|attached)/.test(sku.description)
      ? (sku.description.split(/ (?:running|attached)/)[0] ?? "")
      : "";
    if (what === "" || /sole tenancy|custom|commitment|reserved|dws|calendar/i.test(sku.description)) return [];
    return [
      {
        what: what.replace(/^Spot Preemptible /, ""),
        isSpot,
        regions: sku.serviceRegions,
        price: Number(rate.units) + rate.nanos / 1e9,
      },
    ];
  });
  return { skus, next: page.nextPageToken ?? "" };
}

function priceKey(what: string, region: string, isSpot: boolean): string {
  return `${isSpot ? "spot" : "full"}|${what.toLowerCase()}|${region}`;
}

// Names of cores and memory in the billing catalog, by machine family.
const FAMILIES: Readonly<Record<string, readonly [core: string, memory: string]>> = {
  n1: ["N1 Predefined Instance Core", "N1 Predefined Instance Ram"],
  c2: ["Compute optimized Core", "Compute optimized Ram"],
  n2d: ["N2D AMD Instance Core", "N2D AMD Instance Ram"],
  c2d: ["C2D AMD Instance Core", "C2D AMD Instance Ram"],
  t2d: ["T2D AMD Instance Core", "T2D AMD Instance Ram"],
  t2a: ["T2A Arm Instance Core", "T2A Arm Instance Ram"],
  c4a: ["C4A Arm Instance Core", "C4A Arm Instance Ram"],
};

const DEVICES: Readonly<Record<string, string>> = {
  A100: "Nvidia Tesla A100 GPU",
  "A100-80GB": "Nvidia Tesla A100 80GB GPU",
  L4: "Nvidia L4 GPU",
  T4: "Nvidia Tesla T4 GPU",
  V100: "Nvidia Tesla V100 GPU",
  P100: "Nvidia Tesla P100 GPU",
  P4: "Nvidia Tesla P4 GPU",
  H100: "Nvidia H100 80GB GPU",
  "H100-MEGA": "Nvidia H100 80GB Plus GPU",
  H200: "Nvidia H200 141GB GPU",
  B200: "Nvidia B200 GPU",
};

/** Fresh prices on the machines and zones that are known; what the catalog does not price stays out. */
function reprice(
  world: RefreshWorld,
  prices: ReadonlyMap<string, number>,
): { rows: OfferRow[]; sources: ReturnType<typeof seenToday>; notes: string[] } {
  let unpriced = 0;
  const old = world.before.sources;
  const sources = seenToday(world, "Google billing catalog");
  const rows = rowsOf(world.before).map((row): OfferRow => {
    const price = machinePrice(row, prices, false);
    const spotPrice = machinePrice(row, prices, true);
    if (price !== null) return { ...row, price, spotPrice, source: 0 };
    unpriced += 1;
    const kept = old[row.source ?? 0];
    return { ...row, source: kept === undefined ? 0 : sourceId(sources, kept) };
  });
  return {
    rows,
    sources,
    notes:
      unpriced === 0 ? [] : [`${unpriced} rows keep their old prices: the billing catalog prices them in another way`],
  };
}

function sourceId(sources: ReturnType<typeof seenToday>, kept: ReturnType<typeof seenToday>[number]): number {
  const at = sources.indexOf(kept);
  return at >= 0 ? at : sources.push(kept) - 1;
}

function machinePrice(row: OfferRow, prices: ReadonlyMap<string, number>, isSpot: boolean): number | null {
  let price = 0;
  if (row.instanceType !== "") {
    const family = row.instanceType.split("-")[0] ?? "";
    const [core, memory] = FAMILIES[family] ?? [
      `${family.toUpperCase()} Instance Core`,
      `${family.toUpperCase()} Instance Ram`,
    ];
    const perCore = prices.get(priceKey(core, row.region, isSpot));
    const perGib = prices.get(priceKey(memory, row.region, isSpot));
    // Shared-core types are billed for a part of their cores, which the row does not tell.
    if (
      perCore === undefined ||
      perGib === undefined ||
      row.cpus === null ||
      row.memoryGib === null ||
      /-(micro|small|medium)$/.test(row.instanceType)
    )
      return null;
    price = perCore * row.cpus + perGib * row.memoryGib;
  }
  if (row.accelerator === null) return rounded(price);
  const device = DEVICES[row.accelerator.name];
  const each = device === undefined ? undefined : prices.get(priceKey(device, row.region, isSpot));
  return each === undefined ? null : rounded(price + each * row.accelerator.count);
}

function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
