// What those who watch are told when a cluster's state changes. Written in the transaction of the change, published from there.
import type { ToldClusterState } from "#shared/lifecycle/cluster.ts";
import { stateKeys } from "#shared/wire/subjects.ts";
import type { EventRow } from "./agent-records.ts";

export interface ClusterStatus {
  readonly state: ToldClusterState;
  readonly reason: string | null;
}

/** The controller's own event about a cluster; `at` in milliseconds. */
export function clusterStatusRow(cid: string, { state, reason }: ClusterStatus, at: number): Omit<EventRow, "seq"> {
  return {
    at,
    kind: "cluster",
    body: { type: "cluster-status", state, reason },
    patch: { key: stateKeys.cluster(cid), value: { v: 1, cid, state, reason, at } },
  };
}
