// A node's answers to its head: the same for the head's own node and, over the bus, for every worker.
import { z } from "zod";
import { launchReportSchema, startOrderSchema, type LaunchReport } from "./orders.ts";
import type { NodeJobs } from "./node-jobs.ts";

/** A kill that takes longer is answered with `pending`, and asked for again. */
const KILL_ANSWER_MS = 1_500;

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

/** Answers at once, except for a kill. */
export function answerAsk(jobs: NodeJobs, nid: string, ask: NodeAsk): NodeAnswer | Promise<NodeAnswer> {
  switch (ask.op) {
    case "reserve":
      return { is: "ready", ok: true };
    case "start": {
      const { phase } = ask.order;
      const reports = [...jobs.start(ask.order)].map(([index, report]) => ({ phase, index, report }));
      return { is: "launches", reports };
    }
    case "status": {
      const { jid, attempt } = ask;
      const reports: { phase: "setup" | "run"; index: number; report: LaunchReport }[] = [];
      for (const { phase, index, nid: on } of ask.launches) {
        if (on === nid) reports.push({ phase, index, report: jobs.status({ jid, attempt, phase, index }) });
      }
      return { is: "launches", reports };
    }
    case "kill":
      return Promise.race([
        jobs.kill(ask.jid, ask.attempt, ask.graceMs).then((): NodeAnswer => ({ is: "dead" })),
        Bun.sleep(KILL_ANSWER_MS).then((): NodeAnswer => ({ is: "pending" })),
      ]);
  }
}
