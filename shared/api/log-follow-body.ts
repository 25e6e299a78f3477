// The body of `POST /stix/v1/logs`: which job to follow, and from where.
import { z } from "zod";

export const logFollowBodySchema = z.object({
  cluster_name: z.string(),
  /** null: the newest job. */
  job_id: z.number().int().nullable(),
  follow: z.boolean(),
  /** Begin with the last n lines of every stream; 0: from the beginning. Not used where a cursor is given. */
  tail: z.number().int().nonnegative(),
  /** Where to go on, by "<attempt>/<stream>/<rank>", for example "1/run/0": 4096. */
  cursors: z.record(z.string(), z.number().int().nonnegative()),
});
export type LogFollowBody = z.infer<typeof logFollowBodySchema>;
