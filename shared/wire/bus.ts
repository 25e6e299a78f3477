// What travels on a cluster's own bus, beside registrations: questions of the head, answers of the workers, ends of launches.
import { z } from "zod";
import { launchKeySchema } from "./launches.ts";
import { nodeAnswerSchema, nodeAskSchema } from "./node-asks.ts";

/** Who asks: a worker obeys the highest it has seen. `inc` is 0 until the controller gave one. */
export const headIdentitySchema = z.object({ inc: z.number().int(), run: z.number().int() });
export type HeadIdentity = z.infer<typeof headIdentitySchema>;

export const gangMessageSchema = z.object({
  v: z.literal(1),
  head: headIdentitySchema,
  /** Who shall answer; others are silent. */
  nids: z.array(z.string()),
  ask: nodeAskSchema,
});
/** A head that has just come: workers register with it. */
export const helloMessageSchema = z.object({ v: z.literal(1), hello: headIdentitySchema });
export const gangReplySchema = z.object({ nid: z.string(), answer: nodeAnswerSchema });
export type GangReply = z.infer<typeof gangReplySchema>;

export const logAskSchema = z.object({
  v: z.literal(1),
  key: launchKeySchema,
  off: z.number().int(),
  max: z.number().int(),
  waitMs: z.number(),
  tailLines: z.number().int(),
  final: z.boolean(),
});
export type NodeLogAsk = Omit<z.infer<typeof logAskSchema>, "v">;
export const logStatReplySchema = z.object({ size: z.number().int(), tailOff: z.number().int(), final: z.boolean() });

export const endMessageSchema = z.object({
  v: z.literal(1),
  head: headIdentitySchema,
  action: z.enum(["stop", "down"]),
});

export const endReplySchema = z.object({ ok: z.boolean() });

/** How busy the worker is: answered with `nodeUsageSchema`. */
export const usageAskSchema = z.object({ v: z.literal(1) });

export const exitNoticeSchema = z.object({ v: z.literal(1), key: launchKeySchema, exitCode: z.number().int() });
/** `error` where the sender is no node of this cluster. */
export const exitReplySchema = z.object({ ok: z.boolean(), error: z.string().optional() });

/** A worker's sign of life. */
export const busHeartbeatSchema = z.object({ v: z.literal(1), run: z.number().int() });
