// How a node is called to users.

/** "head" for the first node ("n0"), "worker1"… for the others. */
export function nodeName(nid: string): string {
  return nid === "n0" ? "head" : `worker${nid.slice(1)}`;
}
