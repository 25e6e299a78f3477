// Names of clusters: which ones users may give.

const CLUSTER_NAME = /^[a-zA-Z]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?$/;

export function isClusterName(name: string): boolean {
  return CLUSTER_NAME.test(name);
}
