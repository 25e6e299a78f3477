// Answers what comes to a worker over its cluster's bus.
import { errorText } from "#shared/errors/stix-error.ts";
import {
  endMessageSchema,
  gangMessageSchema,
  helloMessageSchema,
  logAskSchema,
  type GangReply,
  type HeadIdentity,
} from "#shared/wire/bus.ts";
import { decodeMessage, encodeMessage } from "#shared/wire/json.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import type { NodeUsage } from "#shared/wire/node-usage.ts";
import { z } from "zod";
import type { AgentLog } from "../agent-log.ts";
import { encodeLogReply, type NodeLogs } from "../logs/node-logs.ts";
import { answerAsk, type AskedJobs } from "../node/answer.ts";
import { judgeHead, type WorkerState } from "./state.ts";

export interface WorkerDesk {
  readonly nid: string;
  readonly jobs: AskedJobs;
  readonly logs: NodeLogs;
  readonly usage: () => Promise<NodeUsage>;
  readonly log: AgentLog;
  readonly state: () => WorkerState;
  /** Remembers the head that is obeyed; throws when the disk does not take it. */
  readonly obey: (state: WorkerState) => void;
  /** A head has just come. */
  readonly hello: () => void;
  /** Resolves when the node's processes are dead; then the node ends. */
  readonly end: (action: "stop" | "down") => Promise<void>;
}

const broadcastSchema = z.union([gangMessageSchema, helloMessageSchema]);

/** A question to several nodes, or a head's hello. No answer (null) from whoever is not asked, and to what is not understood. */
export async function answerGang(desk: WorkerDesk, data: Uint8Array): Promise<Uint8Array | null> {
  try {
    const message = decodeMessage(broadcastSchema, data);
    if ("hello" in message) {
      desk.hello();
      return null;
    }
    if (!message.nids.includes(desk.nid)) return null;
    const answer = await answerTo(desk, message.head, message.ask);
    return encodeMessage({ nid: desk.nid, answer } satisfies GangReply);
  } catch (error) {
    desk.log("warn", "bad-bus-request", { method: "gang", error: errorText(error) });
    return null;
  }
}

/** What is asked of this node alone. */
export async function answerRpc(desk: WorkerDesk, method: string, data: Uint8Array): Promise<Uint8Array | null> {
  try {
    switch (method) {
      case "gang":
        return await answerGang(desk, data);
      case "log.read": {
        const { head, bytes } = await desk.logs.read(decodeMessage(logAskSchema, data));
        return encodeLogReply(head, bytes);
      }
      case "log.stat":
        return encodeMessage(desk.logs.stat(decodeMessage(logAskSchema, data)));
      case "usage":
        return encodeMessage(await desk.usage());
      case "end": {
        const { head, action } = decodeMessage(endMessageSchema, data);
        if (judged(desk, head) !== "obey") return null;
        await desk.end(action);
        return encodeMessage({ ok: true });
      }
      default:
        return encodeMessage({ ok: false, error: "unsupported" });
    }
  } catch (error) {
    desk.log("warn", "bad-bus-request", { method, error: errorText(error) });
    return null;
  }
}

async function answerTo(desk: WorkerDesk, head: HeadIdentity, ask: NodeAsk): Promise<NodeAnswer> {
  const verdict = judged(desk, head);
  if (verdict !== "obey") return { is: verdict };
  const { isEnding, isKnown } = desk.state();
  return isEnding || !isKnown ? { is: "pending" } : answerAsk(desk.jobs, desk.nid, ask);
}

function judged(desk: WorkerDesk, head: HeadIdentity): "obey" | "pending" | "fenced" {
  const verdict = judgeHead(desk.state(), head);
  if (verdict.state !== desk.state()) desk.obey(verdict.state);
  return verdict.is;
}
