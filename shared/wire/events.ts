// Events of a cluster: written by the head in the transaction of the state they report, delivered to the controller at
// least once and applied once, then published for monitors.
import { z } from "zod";
import { jobStates } from "../lifecycle/job.ts";

export const clusterEventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("job-submitted"),
    jid: z.number().int(),
    name: z.string().nullable(),
    user: z.string(),
    numNodes: z.number().int(),
  }),
  z.object({
    type: z.literal("job-state"),
    jid: z.number().int(),
    state: z.enum(jobStates),
    attempt: z.number().int(),
    exitCodes: z.array(z.number().int()).nullable(),
    reason: z.string().nullable(),
  }),
  z.object({ type: z.literal("node-up"), nid: z.string() }),
  z.object({ type: z.literal("node-lost"), nid: z.string(), reason: z.string() }),
  z.object({ type: z.literal("autostop-set"), idleMinutes: z.number(), down: z.boolean(), waitFor: z.string() }),
  z.object({ type: z.literal("autostopping"), action: z.enum(["stop", "down"]), idleMinutes: z.number() }),
  z.object({ type: z.literal("agent-started"), run: z.number().int(), version: z.string() }),
]);
export type ClusterEvent = z.infer<typeof clusterEventSchema>;

/** [seq, ms since the epoch, event] */
export const eventRowSchema = z.tuple([z.number().int(), z.number(), clusterEventSchema]);
export type EventRow = z.infer<typeof eventRowSchema>;

export const eventBatchSchema = z.object({
  v: z.literal(1),
  inc: z.number().int(),
  run: z.number().int(),
  /** At most 256 rows and 512 kB, in order, without gaps. */
  ev: z.array(eventRowSchema).max(256),
});
export type EventBatch = z.infer<typeof eventBatchSchema>;

export const eventBatchReplySchema = z.union([
  z.object({ ok: z.literal(true), acked: z.number().int() }),
  z.object({ ok: z.literal(false), error: z.enum(["fenced", "register-first", "bad-request"]) }),
]);

export type EventBatchReply = z.infer<typeof eventBatchReplySchema>;

/** What monitors get on stix.v1.ev.>: an event with its stable id `<cid>.<inc>.<seq>`. */
export const publishedEventSchema = z.looseObject({
  v: z.literal(1),
  id: z.string(),
  cid: z.string(),
  cluster: z.string(),
  inc: z.number().int(),
  seq: z.number().int(),
  at: z.number(),
  type: z.string(),
});
export type PublishedEvent = z.infer<typeof publishedEventSchema>;

export const heartbeatSchema = z.object({
  v: z.literal(1),
  inc: z.number().int(),
  run: z.number().int(),
  n: z.number().int(),
  ts: z.number(),
  /** Load average over one minute; bytes of memory used. */
  load: z.number(),
  memUsed: z.number(),
  jobs: z.array(z.number().int()),
  idleSeconds: z.number(),
  evLast: z.number().int(),
  evAcked: z.number().int(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;
