// What travels on a cluster's own bus, beside registrations: questions of the head, answers of the workers, ends of launches.
import { z } from "zod";
import { nodeAnswerSchema, nodeAskSchema } from "../node/answer.ts";
import { launchKeySchema } from "../node/orders.ts";

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
export const gangReplySchema = z.object({ nid: z.string(), answer: nodeAnswerSchema });

export const logAskSchema = z.object({
  v: z.literal(1),
  key: launchKeySchema,
  off: z.number().int(),
  max: z.number().int(),
  waitMs: z.number(),
  tailLines: z.number().int(),
  final: z.boolean(),
});
export const logStatReplySchema = z.object({ size: z.number().int(), tailOff: z.number().int(), final: z.boolean() });

export const endMessageSchema = z.object({
  v: z.literal(1),
  head: headIdentitySchema,
  action: z.enum(["stop", "down"]),
});

export const exitNoticeSchema = z.object({ v: z.literal(1), key: launchKeySchema, exitCode: z.number().int() });

export function encodeMessage(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

export function decodeMessage<T>(schema: z.ZodType<T>, data: Uint8Array): T {
  return schema.parse(JSON.parse(new TextDecoder().decode(data)));
}
