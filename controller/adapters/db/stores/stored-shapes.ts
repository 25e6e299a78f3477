// Shapes of what stands as JSON in columns. Loose: a field that a newer version added is kept.
import { z } from "zod";
import type { Instance, Placement } from "#controller/providers/contract/provider.ts";
import type { RequestFailure } from "#shared/lifecycle/request.ts";
import type { AutostopRequest, Resources } from "#shared/task/task.ts";

/** Any JSON object. */
export const objectSchema = z.record(z.string(), z.unknown());

/** Any JSON at all. */
export const anythingSchema = z.unknown();

export const placementSchema = z.looseObject({
  cloud: z.string(),
  region: z.string(),
  zone: z.string().nullable(),
  instanceType: z.string(),
  useSpot: z.boolean(),
  cpus: z.number(),
  memoryGib: z.number(),
  accelerator: z.looseObject({ name: z.string(), count: z.number() }).nullable(),
  virtual: z.boolean(),
  priceUsdPerHour: z.number(),
}) satisfies z.ZodType<Placement>;

export const instancesSchema = z.array(
  z.looseObject({
    cid: z.string(),
    nid: z.string(),
    instanceId: z.string(),
    state: z.enum(["pending", "running", "stopping", "stopped", "dead"]),
    internalIp: z.string(),
    externalIp: z.string().nullable(),
    autostopped: z.enum(["stop", "down"]).nullable(),
  }),
) satisfies z.ZodType<Instance[]>;

/** Every field may be absent; the task's own schema judged them before they were written. */
export const resourcesSchema = objectSchema as unknown as z.ZodType<Resources>;

export const autostopSchema = z.looseObject({
  idleMinutes: z.number(),
  down: z.boolean(),
}) as unknown as z.ZodType<AutostopRequest>;

export const headPathsSchema = z.looseObject({ agent: z.string(), home: z.string() });

export const failureSchema = z.looseObject({
  code: z.string(),
  exception: z.string(),
  message: z.string(),
  hint: z.string(),
  attributes: objectSchema,
}) satisfies z.ZodType<RequestFailure>;
