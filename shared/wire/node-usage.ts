// How busy a node is, as it tells when it is asked.
import { z } from "zod";

export const nodeUsageSchema = z.object({
  cpus: z.number().int(),
  /** Share of all processors that was at work, 0 to 1; null where the system does not tell. */
  cpu: z.number().nullable(),
  /** Bytes. */
  memTotal: z.number(),
  memUsed: z.number(),
  gpus: z.array(
    z.object({ name: z.string(), share: z.number().nullable(), memUsed: z.number(), memTotal: z.number() }),
  ),
});
export type NodeUsage = z.infer<typeof nodeUsageSchema>;
