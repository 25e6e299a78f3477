// Opens the bus of a cluster with several nodes: the server that this head runs, and its own line to it.
import { inboxPrefix } from "#shared/wire/subjects.ts";
import { z } from "zod";
import type { AgentParts } from "../agent-parts.ts";
import { connectBus } from "../bus/connect-bus.ts";
import { superviseBusServer } from "../bus/server-process.ts";
import type { RunQueue } from "../queue/run-queue.ts";
import type { Identity } from "./identity.ts";
import { createWorkers, type Workers } from "./workers.ts";

export interface HeadOfWorkers {
  readonly identity: Identity;
  readonly queue: Pick<RunQueue, "post" | "record">;
  /** A worker joined, or came back. */
  readonly onJoined: () => void;
}

/** null: the cluster has one node. */
export function joinWorkers(parts: AgentParts, head: HeadOfWorkers): Workers | null {
  const { config, store, steady, random, log } = parts;
  const others = config.node.nodes.filter(({ nid }) => nid !== config.node.nid);
  if (others.length === 0) return null;
  const server = superviseBusServer(config.dir, config.node, steady, log);
  const workers = createWorkers({
    nodes: others,
    steady,
    log,
    identity: head.identity.toWorkers,
    lostMs: config.nodeLostMs,
    post: (fact) => {
      head.queue.post(fact);
      if (fact.f === "node-up" || fact.f === "node-restarted") head.onJoined();
    },
    boots: z.record(z.string(), z.string()).parse(JSON.parse(store.meta("node_boots") ?? "{}")),
    keepBoots: (boots) => head.queue.record({ node_boots: JSON.stringify(boots) }),
    openLine: (events, signal) =>
      connectBus(config, { inboxPrefix: inboxPrefix.head, time: steady, random, ...events }, signal),
  });
  return {
    ...workers,
    stop: () => {
      server.stop();
      workers.stop();
    },
  };
}
