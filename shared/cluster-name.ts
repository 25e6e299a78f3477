// Names of clusters: which ones users may give.

const CLUSTER_NAME = /^[a-zA-Z]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?$/;

/** A name becomes a part of file names, which have at most 255 letters. SkyPilot sets no limit and fails where the name is used. */
export const CLUSTER_NAME_MAX = 200;

export function isClusterName(name: string): boolean {
  return name.length <= CLUSTER_NAME_MAX && CLUSTER_NAME.test(name);
}
