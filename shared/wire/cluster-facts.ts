// What the controller knows of a cluster and its nodes cannot tell: left on the head (0600), so that a controller that lost its
// database can take the cluster back. Written by the controller alone, at every bootstrap.
import { z } from "zod";

export const clusterFactsSchema = z.object({
  v: z.literal(1),
  cid: z.string(),
  name: z.string(),
  userHash: z.string(),
  userName: z.string(),
  workspace: z.string(),
  nodeCount: z.number().int().positive(),
  /** As the provider's contract spells it. */
  placement: z.object({
    cloud: z.string(),
    region: z.string(),
    zone: z.string().nullable(),
    instanceType: z.string(),
    useSpot: z.boolean(),
    cpus: z.number(),
    memoryGib: z.number(),
    accelerator: z.object({ name: z.string(), count: z.number() }).nullable(),
    virtual: z.boolean(),
    priceUsdPerHour: z.number(),
  }),
  /** The resources that were asked for; only what wrote them reads them. */
  resources: z.record(z.string(), z.unknown()),
  launchedAt: z.number(),
  lastUse: z.string(),
  lastCreationYaml: z.string().nullable(),
  lastCreationCommand: z.string().nullable(),
  configHash: z.string().nullable(),
});
export type ClusterFacts = z.infer<typeof clusterFactsSchema>;
