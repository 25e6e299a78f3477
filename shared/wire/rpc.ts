// What the controller may ask a head: method names, what goes in, what comes out. One reply per request:
// JSON `{ok: true, result}` or `{ok: false, error: {code, message, hint}}`; log.read alone answers a JSON line and raw bytes.
import { nodeStates } from "../lifecycle/node.ts";
import { z } from "zod";
import { jobStates } from "../lifecycle/job.ts";
import { nodeUsageSchema } from "./node-usage.ts";

export const acceleratorsSchema = z.object({ name: z.string(), count: z.number().positive() });

/** Everything a head must know to run a job without the controller. */
export const jobSpecSchema = z.object({
  name: z.string().nullable(),
  user: z.string(),
  userHash: z.string(),
  numNodes: z.number().int().positive(),
  /** CPUs a node the job takes from the queue's account: 0.5 by SkyPilot's rule. */
  cpus: z.number().nonnegative(),
  /** Devices a node; may be fractional. */
  accelerator: acceleratorsSchema.nullable(),
  setup: z.string().nullable(),
  run: z.string().nullable(),
  envs: z.record(z.string(), z.string()),
  secrets: z.record(z.string(), z.string()),
  /** Shown as RESOURCES in the queue, for example "1x[CPU:1+]". */
  resourcesText: z.string(),
  /** Prefix of the task id: "sky-<timestamp>_<cluster>"; the job's id is added on the head. */
  taskIdPrefix: z.string(),
  /** `sky-2026-01-31-10-20-30-123456`: names the job's folder in sky_logs. */
  runTimestamp: z.string(),
  metadata: z.record(z.string(), z.unknown()),
});
export type JobSpec = z.infer<typeof jobSpecSchema>;

export const rankRecordSchema = z.object({
  rank: z.number().int(),
  nid: z.string(),
  pid: z.number().int().nullable(),
  exitCode: z.number().int().nullable(),
});

export const jobRecordSchema = z.object({
  jid: z.number().int(),
  name: z.string().nullable(),
  user: z.string(),
  userHash: z.string(),
  state: z.enum(jobStates),
  attempt: z.number().int(),
  numNodes: z.number().int(),
  /** Milliseconds since the epoch. */
  submittedAt: z.number(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  resourcesText: z.string(),
  logFolder: z.string(),
  exitCodes: z.array(z.number().int()).nullable(),
  /** One sentence for the user: why it ended as it did, or what it waits for. */
  reason: z.string().nullable(),
  ranks: z.array(rankRecordSchema),
  /** Process of the setup phase by node index, for the prefix of its lines; absent from agents that do not tell. */
  setupPids: z.array(z.number().int().nullable()).optional(),
  /** Absent from agents that do not tell. */
  hasSetup: z.boolean().optional(),
  /** Since when its setup phase runs, milliseconds since the epoch; null when it does not; absent from agents that do not tell. */
  setupSince: z.number().nullable().optional(),
  metadata: z.record(z.string(), z.unknown()),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;

const autostopSchema = z.object({
  /** Below 0: off. */
  idleMinutes: z.number(),
  down: z.boolean(),
  waitFor: z.enum(["jobs_and_ssh", "jobs", "none"]),
});

/** Which output of a job: the setup phase on a node, or a rank's run phase. */
const logStreamSchema = z.enum(["setup", "run"]);

/** Hubs pass messages of 1 MB on; a request beyond this goes in parts. */
export const REQUEST_BYTES_MAX = 750 * 1024;
/** Of one piece: three bytes become four characters. */
export const PART_BYTES = 512 * 1024;
/** A task of 16 MB as JSON text, where each character may take two. */
export const REQUEST_PARTS_BYTES_MAX = 40 * 1024 * 1024;

/** Which parts make a request: `key` is the SHA-256 of its text, in hex. */
export const requestPartsSchema = z.object({
  epoch: z.number(),
  parts: z.object({ key: z.string(), count: z.number().int().positive() }),
});

const requestPartSchema = z.object({
  epoch: z.number(),
  key: z.string().regex(/^[0-9a-f]{64}$/),
  index: z.number().int().nonnegative(),
  count: z
    .number()
    .int()
    .positive()
    .max(Math.ceil(REQUEST_PARTS_BYTES_MAX / PART_BYTES)),
  /** Base64 of the text's UTF-8. */
  data: z.string(),
});

/** Every mutating request carries who commands (`epoch`) and, where doing twice would differ, a key (`idem`). */
export const rpcMethods = {
  /** A piece of a request that does not fit into one message; the request itself then says only `{epoch, parts}`. Twice is the same as once. */
  part: { params: requestPartSchema, result: z.object({}) },
  ping: { params: z.object({}), result: z.object({ nid: z.string(), version: z.string(), run: z.number() }) },
  state: {
    params: z.object({}),
    result: z.object({
      version: z.string(),
      nodes: z.array(
        z.object({
          nid: z.string(),
          state: z.enum(nodeStates),
          lastSeenAt: z.number().nullable(),
        }),
      ),
      autostop: autostopSchema.nullable(),
      autostopping: z.boolean(),
      idleSinceAt: z.number(),
      jobCounts: z.record(z.string(), z.number()),
    }),
  },
  /** How busy each node is; null for one that does not answer. Costs something only when it is asked. */
  usage: {
    params: z.object({}),
    result: z.object({ nodes: z.array(z.object({ nid: z.string(), usage: nodeUsageSchema.nullable() })) }),
  },
  "job.submit": {
    params: z.object({
      epoch: z.number(),
      idem: z.string().min(1),
      /** Same `idem` with another hash is refused as a conflict. */
      specHash: z.string(),
      spec: jobSpecSchema,
      /** How many jobs to make of it (an array); ids are consecutive. `idem` covers them all. */
      copies: z.number().int().min(1).max(100_000).default(1),
    }),
    result: z.object({ jids: z.array(z.number().int()) }),
  },
  "job.cancel": {
    /** null: the newest running job of `userHash` (or of anybody when that is null). "all": every job that is not final. */
    params: z.object({
      epoch: z.number(),
      jids: z.union([z.array(z.number().int()), z.literal("all")]).nullable(),
      userHash: z.string().nullable(),
      /** Answer only when the jobs are proven dead, or after this many milliseconds. 0: answer at once. */
      waitMs: z.number().nonnegative(),
    }),
    /** `cancelled`: now CANCELLED. `pending`: asked, not proven yet. Jobs that were final are in neither. */
    result: z.object({ cancelled: z.array(z.number().int()), pending: z.array(z.number().int()) }),
  },
  "job.get": {
    params: z.object({ jids: z.array(z.number().int()) }),
    result: z.object({ jobs: z.array(jobRecordSchema) }),
  },
  "job.list": {
    params: z.object({
      skipFinished: z.boolean(),
      userHash: z.string().nullable(),
      limit: z.number().int().positive().max(10_000).default(1_000),
    }),
    /** Newest first. */
    result: z.object({ jobs: z.array(jobRecordSchema), latest: z.number().int().nullable() }),
  },
  "job.wait": {
    /** Long poll: answers when the job's (state, attempt) is other than `seen`, or after `waitMs` (at most 5,000). */
    params: z.object({
      jid: z.number().int(),
      seen: z.object({ state: z.enum(jobStates), attempt: z.number().int() }).nullable(),
      waitMs: z.number(),
    }),
    result: z.object({ job: jobRecordSchema.nullable() }),
  },
  "autostop.set": { params: z.object({ epoch: z.number(), autostop: autostopSchema }), result: z.object({}) },
  drain: {
    /** Before stop and down: cancels every job (proven dead), takes no new one, stops workers' skylets from starting anything. */
    params: z.object({ epoch: z.number(), waitMs: z.number() }),
    result: z.object({ drained: z.boolean() }),
  },
  "log.read": {
    params: z.object({
      jid: z.number().int(),
      stream: logStreamSchema,
      /** Index of the node for setup (0 = head), rank for run. */
      rank: z.number().int().nonnegative(),
      /** 0: the newest. Output of an earlier attempt stays readable. */
      attempt: z.number().int().nonnegative(),
      off: z.number().int().nonnegative(),
      max: z
        .number()
        .int()
        .positive()
        .max(512 * 1024),
      /** Long poll: answer at once if there is something beyond `off`, else after this many milliseconds (at most 5,000). */
      waitMs: z.number().nonnegative(),
    }),
    result: z.object({}),
  },
  "log.stat": {
    params: z.object({
      jid: z.number().int(),
      stream: logStreamSchema,
      rank: z.number().int(),
      attempt: z.number().int(),
      tailLines: z.number().int(),
    }),
    /** `tailOff`: where the last `tailLines` lines begin (0 when fewer, or tailLines ≤ 0). */
    result: z.object({
      size: z.number().int(),
      eof: z.boolean(),
      attempt: z.number().int(),
      tailOff: z.number().int(),
    }),
  },
} as const;

export type RpcMethod = keyof typeof rpcMethods;
export type RpcParams<M extends RpcMethod> = z.input<(typeof rpcMethods)[M]["params"]>;
export type RpcResult<M extends RpcMethod> = z.output<(typeof rpcMethods)[M]["result"]>;

/** Head of a log.read reply; the bytes follow after one newline. `eof`: the stream is final and off + n is its size. */
export const logChunkHeadSchema = z.object({
  off: z.number().int(),
  n: z.number().int(),
  size: z.number().int(),
  /** Changes when a file was truncated; the reader starts again at 0 and says so. */
  gen: z.number().int(),
  attempt: z.number().int(),
  eof: z.boolean(),
  /** The process that writes this stream, as far as the head knows; absent from older heads. */
  pid: z.number().int().nullable().optional(),
});
export type LogChunkHead = z.infer<typeof logChunkHeadSchema>;

export const rpcErrorSchema = z.object({
  code: z.enum([
    "bad-request",
    "job-not-found",
    "conflict",
    "fenced",
    "unsupported",
    "not-ready",
    "disk-full",
    "internal",
  ]),
  message: z.string(),
  hint: z.string(),
  /** The head knows that the node it would have to ask is lost: asking again soon is of no use. */
  lost: z.boolean().optional(),
});
export type RpcError = z.infer<typeof rpcErrorSchema>;

/** A reply to anything but log.read. A failed log.read answers this too (its text begins with `{"ok":false`). */
export function rpcReplySchema<M extends RpcMethod>(method: M) {
  return z.union([
    z.object({ ok: z.literal(true), result: rpcMethods[method].result }),
    z.object({ ok: z.literal(false), error: rpcErrorSchema }),
  ]);
}
