// Prices of Lambda from its list of instance types; a type is sold in every region that is known.
import { z } from "zod";
import type { OfferRow } from "../../offer.ts";
import { factsByName } from "../../refresh/rows.ts";
import { request, requireCredential, seenToday, type CatalogSource } from "../../refresh/source.ts";

const answerSchema = z.object({
  data: z.record(
    z.string(),
    z.object({
      instance_type: z.object({
        name: z.string(),
        price_cents_per_hour: z.number(),
        gpu_description: z.string().optional(),
        specs: z.object({ vcpus: z.number(), memory_gib: z.number(), gpus: z.number().optional() }),
      }),
      regions_with_capacity_available: z.array(z.object({ name: z.string() })),
    }),
  ),
});

export const lambdaPrices: CatalogSource = {
  name: "lambda",
  cloud: "lambda",
  async refresh(world) {
    const key = requireCredential(world, "LAMBDA_API_KEY", "put api_key = KEY into ~/.lambda_cloud/lambda_keys");
    const base = world.endpoints["lambda"] ?? "https://cloud.lambdalabs.com/api/v1";
    const raw = await world.part("lambda instance types", async () =>
      (await request(world, `${base}/instance-types`, { headers: { authorization: `Bearer ${key}` } })).json(),
    );
    const answer = answerSchema.parse(raw);
    const known = factsByName(world.before);
    const notes: string[] = [];
    const regions = new Set(world.before.regions);
    for (const entry of Object.values(answer.data))
      for (const region of entry.regions_with_capacity_available) regions.add(region.name);
    const rows = Object.values(answer.data).flatMap(({ instance_type: type }): OfferRow[] => {
      const facts = known.get(type.name);
      const gpus = type.specs.gpus ?? 0;
      if (facts === undefined && gpus > 0) {
        notes.push(`'${type.name}' is new and its device is not known`);
        return [];
      }
      return [...regions].map((region) => ({
        ...(facts ?? { accelerator: null }),
        instanceType: type.name,
        region,
        zone: null,
        cpus: type.specs.vcpus,
        memoryGib: type.specs.memory_gib,
        price: type.price_cents_per_hour / 100,
        spotPrice: null,
      }));
    });
    return { rows, sources: seenToday(world, "lambda instance types"), notes };
  },
};
