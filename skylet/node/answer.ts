// A node's answers to its head: the same for the head's own node and, over the bus, for every worker.
import type { LaunchReport } from "#shared/wire/launches.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import type { NodeJobs } from "./node-jobs.ts";

/** A kill that takes longer is answered with `pending`, and asked for again. */
const KILL_ANSWER_MS = 1_500;

/** What of a node's jobs its head may ask for. */
export type AskedJobs = Pick<NodeJobs, "start" | "status" | "killWithin">;

/** Answers at once, except for a kill. */
export function answerAsk(jobs: AskedJobs, nid: string, ask: NodeAsk): NodeAnswer | Promise<NodeAnswer> {
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
      return jobs
        .killWithin(ask, KILL_ANSWER_MS)
        .then((isDead): NodeAnswer => (isDead ? { is: "dead" } : { is: "pending" }));
  }
}
