// Questions to nodes as they are sent, and answers as facts.
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import type { Ask } from "./asks.ts";
import type { Fact } from "./decide.ts";
import type { SpecSource } from "./job-record.ts";
import { startOrder, type OrderFacts } from "./start-order.ts";
import type { Job } from "./state.ts";

/** One message for all nodes that are asked the same about a job. `group` is not empty, and of one kind. */
export function messageOf(
  first: Ask,
  group: readonly Ask[],
  job: Job,
  { specOf, orderFacts }: { readonly specOf: SpecSource; readonly orderFacts: OrderFacts },
): NodeAsk {
  const { op, jid, attempt, graceMs } = first;
  const launches = group.flatMap((ask) => [...ask.launches]);
  switch (op) {
    case "reserve":
      return { op, jid, attempt };
    case "kill":
      return { op, jid, attempt, graceMs };
    case "status":
      return { op, jid, attempt, launches: launches.map(({ phase, index, nid }) => ({ phase, index, nid })) };
    case "start":
      return { op, jid, attempt, order: startOrder(job, launches, specOf(job.demand.specId), orderFacts) };
  }
}

/** `again`: nothing was learnt, so the node is asked once more after a while. `fenced`: another head has taken over. */
export type Heard = readonly Exclude<Fact, { f: "submit" }>[] | "again" | "fenced";

export function factsOf({ jid, attempt, nid }: Ask, answer: NodeAnswer | null): Heard {
  const about = { jid, attempt, nid };
  switch (answer?.is) {
    case undefined:
    case "pending":
      return "again";
    case "fenced":
      return "fenced";
    case "ready":
      return [{ f: "ready", ...about, ok: answer.ok }];
    case "dead":
      return [{ f: "dead", ...about }];
    case "launches":
      return [...answer.reports.map((report) => factOf(about, report)), { f: "confirmed", ...about }];
  }
}

type Report = Extract<NodeAnswer, { is: "launches" }>["reports"][number];

function factOf(
  about: { readonly jid: number; readonly attempt: number; readonly nid: string },
  { phase, index, report }: Report,
): Exclude<Fact, { f: "submit" }> {
  const { jid, attempt, nid } = about;
  const launch = { jid, attempt, phase, index };
  switch (report.is) {
    case "running":
      return { f: "started", ...launch, pid: report.pid };
    case "exited":
      return { f: "exited", ...launch, exitCode: report.exitCode };
    case "missing":
      return { f: "missing", ...launch, nid };
    case "refused":
      return { f: "refused", ...about, why: report.why };
  }
}
