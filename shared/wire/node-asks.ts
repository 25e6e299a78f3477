// What a head asks of a node about a job's attempt, and what the node answers: in one process for the head's own node, over
// the cluster's bus for a worker.
import { z } from "zod";
import { launchReportSchema, startOrderSchema } from "./launches.ts";

export const nodeAskSchema = z.discriminatedUnion("op", [
  z.object({ op: z.literal("reserve"), jid: z.number().int(), attempt: z.number().int() }),
  z.object({ op: z.literal("start"), jid: z.number().int(), attempt: z.number().int(), order: startOrderSchema }),
  z.object({
    op: z.literal("status"),
    jid: z.number().int(),
    attempt: z.number().int(),
    launches: z.array(z.object({ phase: z.enum(["setup", "run"]), index: z.number().int(), nid: z.string() })),
  }),
  z.object({ op: z.literal("kill"), jid: z.number().int(), attempt: z.number().int(), graceMs: z.number() }),
]);
export type NodeAsk = z.infer<typeof nodeAskSchema>;

export const nodeAnswerSchema = z.discriminatedUnion("is", [
  z.object({ is: z.literal("ready"), ok: z.boolean() }),
  z.object({
    is: z.literal("launches"),
    reports: z.array(
      z.object({ phase: z.enum(["setup", "run"]), index: z.number().int(), report: launchReportSchema }),
    ),
  }),
  z.object({ is: z.literal("dead") }),
  z.object({ is: z.literal("pending") }),
  /** The asker is not this node's head any more. */
  z.object({ is: z.literal("fenced") }),
]);
export type NodeAnswer = z.infer<typeof nodeAnswerSchema>;
