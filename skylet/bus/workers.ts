// (being written) The head's side of the cluster's bus.
import type { Clock } from "#shared/clock.ts";
import type { AgentLog } from "../agent-log.ts";
import type { AgentConfig } from "../config.ts";
import type { Fact } from "../decide.ts";
import type { WorkerLogs } from "../hub/head-logs.ts";
import type { NodeAnswer, NodeAsk } from "../jobs/answer.ts";

export interface Workers {
  readonly ask: (nids: readonly string[], ask: NodeAsk) => Map<string, Promise<NodeAnswer | null>>;
  readonly logs: WorkerLogs;
  readonly lastSeenAt: (nid: string) => number | null;
  readonly endAll: (action: "stop" | "down") => Promise<void>;
  readonly stop: () => void;
}

export interface WorkersOptions {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly log: AgentLog;
  readonly run: number;
  readonly post: (fact: Exclude<Fact, { f: "submit" }>) => void;
  readonly now: () => number;
}

export function createWorkers(_options: WorkersOptions): Workers {
  throw new Error("clusters of several nodes are not there yet");
}
