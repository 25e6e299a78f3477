// Shapes of what stands as JSON in columns. Loose: a field that a newer version added is kept.
import { z } from "zod";
import type { Instance, NodeReach } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
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

/** The contract's own type says what each kind holds. */
const reachSchema = z.looseObject({ kind: z.string() }) as unknown as z.ZodType<NodeReach>;

/** Machines of before told neither their attempt nor their place nor how they are reached. */
export type StoredInstance = Omit<Instance, "attempt" | "region" | "zone" | "reach"> &
  Partial<Pick<Instance, "attempt" | "region" | "zone" | "reach">>;

export const instancesSchema = z.array(
  z.looseObject({
    cid: z.string(),
    nid: z.string(),
    instanceId: z.string(),
    state: z.enum(["pending", "running", "stopping", "stopped", "dead"]),
    internalIp: z.string(),
    externalIp: z.string().nullable(),
    autostopped: z.enum(["stop", "down"]).nullable(),
    attempt: z.string().nullable().optional(),
    region: z.string().optional(),
    zone: z.string().nullable().optional(),
    reach: reachSchema.nullable().optional(),
  }),
) as unknown as z.ZodType<StoredInstance[]>;

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
