// Decides a cluster's state from what its cloud and its head say. Silence of the head alone removes nothing. Pure.
import { clusterAfter, clusterState, type ClusterMove, type ClusterState } from "#shared/lifecycle/cluster.ts";
import { nodeName } from "#shared/node-name.ts";

export interface RefreshFacts {
  readonly state: ClusterState;
  readonly nodeCount: number;
  readonly launchedAt: number;
  /** A request is at work on it. */
  readonly isBusy: boolean;
  /** As the cloud lists them now. */
  readonly instances: readonly {
    readonly state: "pending" | "running" | "stopping" | "stopped" | "dead";
    readonly autostopped: "stop" | "down" | null;
  }[];
  /** "silent": asked, no answer in time. "unasked": there was nobody to ask. */
  readonly head: "well" | "autostopping" | "silent" | "unasked";
  /** Nodes that the head does not hear any more; empty unless it answered. */
  readonly lost: readonly string[];
}

export type RefreshDecision =
  | { readonly do: "nothing" }
  | { readonly do: "remove"; readonly reason: string }
  /** The cluster decided to go down; its leftovers must be removed by us. */
  | { readonly do: "finish-down"; readonly reason: string }
  /** `to` is where the event leads. */
  | { readonly do: "step"; readonly event: ClusterMove; readonly to: ClusterState; readonly reason: string };

/** A cloud may list new machines late. */
const YOUNG_MS = 60_000;

export function decideRefresh(facts: RefreshFacts, now: number): RefreshDecision {
  if (facts.isBusy) return { do: "nothing" };
  const { instances } = facts;
  if (instances.some((instance) => instance.autostopped === "down"))
    return { do: "finish-down", reason: "it was idle and took itself down" };
  if (instances.length === 0) {
    if (facts.state === clusterState.INIT && now - facts.launchedAt < YOUNG_MS) return { do: "nothing" };
    // The cloud lists late: a head that answers runs on a machine.
    if (facts.head === "well" || facts.head === "autostopping") return { do: "nothing" };
    return { do: "remove", reason: "its machines are gone" };
  }
  if (instances.every((instance) => instance.state === "stopped")) {
    const reason = instances.some((instance) => instance.autostopped === "stop")
      ? "it was idle and stopped itself"
      : "its machines are stopped";
    return step(facts, "stop", reason);
  }
  const running = instances.filter((instance) => instance.state === "running").length;
  if (running < facts.nodeCount)
    return step(facts, "hurt", `${facts.nodeCount - running} of ${facts.nodeCount} nodes are not running`);
  if (facts.head === "autostopping") return step(facts, "autostop", "it was idle and is stopping itself");
  if (facts.head === "silent") return step(facts, "hurt", "its head does not answer");
  if (facts.head === "unasked") return { do: "nothing" };
  if (facts.lost.length > 0)
    return step(
      facts,
      "hurt",
      `${facts.lost.map(nodeName).join(", ")} ${facts.lost.length === 1 ? "does" : "do"} not answer`,
    );
  return step(facts, "well", "all nodes run");
}

function step(facts: RefreshFacts, event: ClusterMove, reason: string): RefreshDecision {
  const to = clusterAfter(facts.state, event);
  return facts.state === to ? { do: "nothing" } : { do: "step", event, to, reason };
}
