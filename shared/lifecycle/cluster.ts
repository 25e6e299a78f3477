// States of a cluster; no row means it is gone.

export const clusterStates = [
  "INIT", // being made, or some of its nodes are not as they should be
  "UP", // every node runs and its head answers
  "AUTOSTOPPING", // the head decided to stop or remove the cluster and is doing it
  "STOPPED", // the nodes are stopped, their disks are kept
] as const;

export type ClusterState = (typeof clusterStates)[number];
