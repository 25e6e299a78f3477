// Prices of RunPod from its public list of GPU types; machines and regions stay as they are known.
import { z } from "zod";
import { rowsOf } from "../../refresh/rows.ts";
import { request, seenToday, type CatalogSource } from "../../refresh/source.ts";

const priceSchema = z.number().nullish();
const answerSchema = z.object({
  data: z.object({
    gpuTypes: z.array(
      z.object({
        id: z.string(),
        displayName: z.string(),
        securePrice: priceSchema,
        communityPrice: priceSchema,
        secureSpotPrice: priceSchema,
        communitySpotPrice: priceSchema,
      }),
    ),
  }),
});

const QUERY = "query { gpuTypes { id displayName securePrice communityPrice secureSpotPrice communitySpotPrice } }";

// The vendor's names where leaving out blanks is not enough.
const DEVICES: Readonly<Record<string, string>> = {
  "A100 PCIe": "A100-80GB",
  "A100 SXM": "A100-80GB-SXM",
  "H100 SXM": "H100-SXM",
  "H100 PCIe": "H100",
  "H100 NVL": "H100-NVL",
  "H200 SXM": "H200-SXM",
  "RTX 6000 Ada": "RTX6000-Ada",
  "RTX 4000 Ada": "RTX4000-Ada",
  "RTX 5000 Ada": "RTX5000-Ada",
};

export const runpodPrices: CatalogSource = {
  name: "runpod",
  cloud: "runpod",
  async refresh(world) {
    const base = world.endpoints["runpod"] ?? "https://api.runpod.io";
    const raw = await world.part("runpod gpu types", async () =>
      (
        await request(world, `${base}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ query: QUERY }),
        })
      ).json(),
    );
    const byDevice = new Map(
      answerSchema
        .parse(raw)
        .data.gpuTypes.map((type) => [DEVICES[type.displayName] ?? type.displayName.replaceAll(" ", ""), type]),
    );
    const unpriced = new Set<string>();
    const rows = rowsOf(world.before).flatMap((row) => {
      const parts = /^(\d+)x_(.+)_(SECURE|COMMUNITY)$/.exec(row.instanceType);
      const type = parts === null ? undefined : byDevice.get(parts[2] ?? "");
      const isSecure = parts?.[3] === "SECURE";
      const each = isSecure ? type?.securePrice : type?.communityPrice;
      if (parts === null || type === undefined || each === undefined || each === null || each === 0) {
        unpriced.add(row.instanceType);
        return [];
      }
      const count = Number(parts[1]);
      const spot = isSecure ? type.secureSpotPrice : type.communitySpotPrice;
      return [
        {
          ...row,
          price: cents(count * each),
          spotPrice: spot === undefined || spot === null || spot === 0 ? null : cents(count * spot),
          source: 0,
        },
      ];
    });
    return {
      rows,
      sources: seenToday(world, "runpod gpu types"),
      notes: [...unpriced].map((name) => `'${name}' has no price any more`),
    };
  },
};

function cents(usd: number): number {
  return Math.round(usd * 100) / 100;
}
