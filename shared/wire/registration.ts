// How a head introduces itself to the controller, and a worker to its head; both may be repeated at will.
import { z } from "zod";

const protocolSchema = z.tuple([z.number().int(), z.number().int()]);

export const headRegistrationSchema = z.object({
  v: z.literal(1),
  /** [lowest, highest] protocol understood. */
  proto: protocolSchema,
  version: z.string(),
  cid: z.string(),
  /** Identity of the head's database; a new database starts a new incarnation (`inc`) and needs the boot token. */
  dbId: z.string(),
  inc: z.number().int().nullable(),
  /** How often this database was opened by a skylet; a lower one is fenced. */
  run: z.number().int(),
  bootId: z.string(),
  instanceId: z.string(),
  token: z.string().nullable(),
  /** Nodes that have joined the head, itself included. */
  nodes: z.array(z.string()),
  ev: z.object({ first: z.number().int(), last: z.number().int() }),
});
export type HeadRegistration = z.infer<typeof headRegistrationSchema>;

export const headRegistrationReplySchema = z.union([
  z.object({
    ok: z.literal(true),
    proto: z.number().int(),
    inc: z.number().int(),
    /** Start counter of the controller; commands with a lower one are refused. */
    epoch: z.number().int(),
    /** Events up to this one are in the controller's database. */
    acked: z.number().int(),
    /** New credentials when the old ones near their end. */
    credentials: z.string().nullable(),
  }),
  z.object({
    ok: z.literal(false),
    error: z.enum(["fenced", "unknown-cluster", "bad-token", "too-new", "too-old", "bad-request"]),
    message: z.string(),
  }),
]);

export type HeadRegistrationReply = z.infer<typeof headRegistrationReplySchema>;

export const workerRegistrationSchema = z.object({
  v: z.literal(1),
  proto: protocolSchema,
  version: z.string(),
  nid: z.string(),
  instanceId: z.string(),
  /** Changes with every boot of the node: attempts with a rank there are then lost. */
  bootId: z.string(),
  run: z.number().int(),
});
export type WorkerRegistration = z.infer<typeof workerRegistrationSchema>;
export const workerRegistrationReplySchema = z.union([
  z.object({ ok: z.literal(true), run: z.number().int(), heartbeatSeconds: z.number() }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);
