// Prices: every offer for a task, why one was chosen, and fresh prices from the vendors.
import { z } from "zod";
import { launchBodySchema } from "#shared/api/bodies.ts";
import { catalogUpdateBodySchema } from "#controller/operations/catalog-update.ts";
import { explainTask, offersOfTask } from "#controller/operations/offers-of-task.ts";
import { parsePlannedTask } from "#controller/operations/parse-request-task.ts";
import { readBody } from "../gates/read-body.ts";
import { accept } from "./operation-routes.ts";
import type { App, Service } from "../service.ts";

const OFFERS_MAX = 10_000;

const offersBodySchema = launchBodySchema.extend({
  order: z.enum(["price", "cpus", "memory", "cloud", "region", "as-of"]).default("price"),
  limit: z.number().int().min(1).max(OFFERS_MAX).default(50),
  expected: z.boolean().default(false),
});

const explainBodySchema = launchBodySchema.extend({
  subject: z
    .object({ cloud: z.string().optional(), region: z.string().optional(), instance_type: z.string().optional() })
    .default({}),
});

export function priceRoutes(app: App, service: Service): void {
  const { world, operations } = service;
  app.post("/stix/v1/catalog/update", async (c) => {
    const operation = operations.get("catalog.update");
    if (operation === undefined) throw new RangeError("a route without an operation: catalog.update");
    return await accept(c, service, operation, await readBody(c.req.raw, catalogUpdateBodySchema));
  });

  app.post("/stix/v1/offers", async (c) => {
    const body = await readBody(c.req.raw, offersBodySchema);
    const { order, limit, expected, stix_columns: columns } = body;
    return c.json(
      await offersOfTask(
        world,
        { task: parsePlannedTask(world, body.task, body), order, limit, expected, columns },
        c.req.raw.signal,
      ),
    );
  });

  app.post("/stix/v1/explain", async (c) => {
    const body = await readBody(c.req.raw, explainBodySchema);
    const { cloud, region, instance_type: instanceType } = body.subject;
    const subject = {
      ...(cloud === undefined ? {} : { cloud }),
      ...(region === undefined ? {} : { region }),
      ...(instanceType === undefined ? {} : { instanceType }),
    };
    return c.json(
      await explainTask(
        world,
        {
          task: parsePlannedTask(world, body.task, body),
          subject,
          assumeEnabled: body.stix_assume_enabled,
          columns: body.stix_columns,
        },
        c.req.raw.signal,
      ),
    );
  });
}
