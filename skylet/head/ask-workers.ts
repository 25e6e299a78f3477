// Asks workers over the cluster's bus: a few one by one, many with one broadcast.
import { gangReplySchema, type HeadIdentity } from "#shared/wire/bus.ts";
import { decodeMessage, encodeMessage } from "#shared/wire/json.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import { busSubjects } from "#shared/wire/subjects.ts";
import type { BusConnection } from "../bus/nats-client.ts";

/** A kill answers within 1.5 s, the rest in milliseconds. */
const ASK_MS = 2_500;
/** Up to so many nodes are asked one by one; more hear one broadcast. */
const DIRECT_MAX = 2;

export type WorkerAnswers = Map<string, Promise<NodeAnswer | null>>;

/** null: no answer in time. */
export function askWorkers(
  line: BusConnection | null,
  head: HeadIdentity,
  nids: readonly string[],
  ask: NodeAsk,
): WorkerAnswers {
  if (line === null || !line.connected()) return new Map(nids.map((nid) => [nid, Promise.resolve(null)]));
  const data = encodeMessage({ v: 1, head, nids, ask });
  return nids.length <= DIRECT_MAX ? askEach(line, nids, data) : askAtOnce(line, nids, data);
}

function askEach(line: BusConnection, nids: readonly string[], data: Uint8Array): WorkerAnswers {
  const askOne = (nid: string) =>
    line
      .request(busSubjects.rpc(nid, "gang"), data, ASK_MS)
      .then((reply) => decodeMessage(gangReplySchema, reply).answer)
      .catch(() => null);
  return new Map(nids.map((nid) => [nid, askOne(nid)]));
}

function askAtOnce(line: BusConnection, nids: readonly string[], data: Uint8Array): WorkerAnswers {
  const waiting = new Map<string, (answer: NodeAnswer | null) => void>();
  const answers: WorkerAnswers = new Map(
    nids.map((nid) => [nid, new Promise((resolve) => void waiting.set(nid, resolve))]),
  );
  const take = (reply: Uint8Array): boolean => {
    const { nid, answer } = decodeMessage(gangReplySchema, reply);
    waiting.get(nid)?.(answer);
    waiting.delete(nid);
    return waiting.size === 0;
  };
  void line.ask(busSubjects.gang, data, ASK_MS, take).finally(() => {
    for (const resolve of waiting.values()) resolve(null);
  });
  return answers;
}
