// Asks the nodes of a cluster: the head's own in this process, the others over the bus.
import type { Timers } from "#shared/clock.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import { answerAsk, type AskedJobs } from "../node/answer.ts";
import type { WorkerAnswers } from "./ask-workers.ts";

export interface NodesToAsk {
  readonly own: string;
  readonly jobs: AskedJobs;
  readonly timers: Pick<Timers, "soon">;
  /** null: the cluster has one node. */
  readonly askWorkers: ((nids: readonly string[], ask: NodeAsk) => WorkerAnswers) | null;
}

export type NodeAnswers = Map<string, NodeAnswer | Promise<NodeAnswer | null>>;

/** Our own part takes milliseconds: the question is on its way to the others before. */
export function askNodes(nodes: NodesToAsk, nids: readonly string[], ask: NodeAsk): NodeAnswers {
  const { own, jobs, timers } = nodes;
  const others = nids.filter((nid) => nid !== own);
  if (others.length === 0 || nodes.askWorkers === null) return new Map([[own, answerAsk(jobs, own, ask)]]);
  const answers: NodeAnswers = new Map(nodes.askWorkers(others, ask));
  if (nids.includes(own))
    answers.set(
      own,
      new Promise<void>((resolve) => timers.soon(resolve)).then(() => answerAsk(jobs, own, ask)),
    );
  return answers;
}
