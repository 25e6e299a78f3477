// Prices of Azure from its retail price list, which needs no account: on-demand and spot by size and region.
import { z } from "zod";
import type { OfferRow } from "../../offer.ts";
import { factsByName } from "../../refresh/rows.ts";
import { request, seenToday, type CatalogSource, type RefreshWorld } from "../../refresh/source.ts";

const pageSchema = z.object({
  Items: z.array(
    z.object({
      armSkuName: z.string().nullish(),
      armRegionName: z.string().nullish(),
      retailPrice: z.number(),
      productName: z.string(),
      skuName: z.string(),
      unitOfMeasure: z.string(),
      type: z.string(),
      currencyCode: z.string(),
    }),
  ),
  NextPageLink: z.string().nullish(),
});

/** [size, region, price, is spot] of the lines that count. */
type Line = readonly [string, string, number, boolean];

interface Page {
  readonly lines: readonly Line[];
  readonly next: string | null;
}

const FILTER = "serviceName eq 'Virtual Machines' and priceType eq 'Consumption'";
// The list has some 600 pages; more than this is a loop.
const PAGES_MAX = 5000;

export const azurePrices: CatalogSource = {
  name: "azure",
  cloud: "azure",
  async refresh(world) {
    const base = world.endpoints["azure"] ?? "https://prices.azure.com";
    const known = factsByName(world.before);
    const offers = new Map<string, { size: string; region: string; price: number | null; spot: number | null }>();
    const unknown = new Set<string>();
    let url: string | null = `${base}/api/retail/prices?$filter=${encodeURIComponent(FILTER)}`;
    for (let page = 0; url !== null && page < PAGES_MAX; page += 1) {
      const here: string = url;
      const found: Page = await world.part(`azure prices, page ${page + 1}`, () => readPage(world, here));
      for (const [size, region, price, isSpot] of found.lines) {
        if (!known.has(size)) {
          unknown.add(size);
          continue;
        }
        const key = `${size}/${region}`;
        const offer = offers.get(key) ?? { size, region, price: null, spot: null };
        // One size may be listed several times (its old and its new meter): the lower price is the one that is charged.
        if (isSpot) offer.spot = Math.min(offer.spot ?? price, price);
        else offer.price = Math.min(offer.price ?? price, price);
        offers.set(key, offer);
      }
      url = found.next;
    }
    const rows = [...offers.values()].flatMap(({ size, region, price, spot }): OfferRow[] => {
      const facts = known.get(size);
      return facts === undefined || price === null ? [] : [{ ...facts, region, zone: null, price, spotPrice: spot }];
    });
    const notes =
      unknown.size === 0 ? [] : [`${unknown.size} sizes are new and not known: ${[...unknown].slice(0, 5).join(", ")}`];
    return { rows, sources: seenToday(world, "azure retail prices"), notes };
  },
};

async function readPage(world: RefreshWorld, url: string): Promise<Page> {
  const page = pageSchema.parse(await (await request(world, url)).json());
  const lines = page.Items.flatMap((item): Line[] => {
    const isLinuxHour =
      item.type === "Consumption" &&
      item.unitOfMeasure === "1 Hour" &&
      item.currencyCode === "USD" &&
      !item.productName.includes("Windows");
    if (
      !isLinuxHour ||
      item.skuName.includes("Low Priority") ||
      item.productName.includes("Cloud Services") ||
      item.retailPrice <= 0
    )
      return [];
    if (!item.armSkuName || !item.armRegionName) return [];
    return [[item.armSkuName, item.armRegionName, item.retailPrice, item.skuName.includes("Spot")]];
  });
  // The vendor's own links point to its own host; a mirror keeps to itself.
  const base = world.endpoints["azure"];
  const next = page.NextPageLink ?? null;
  return { lines, next: next === null || base === undefined ? next : next.replace(/^https?:\/\/[^/]+/, base) };
}
