// Loopback addresses of local nodes: every node its own, so that a cluster's processes may use the same ports.

/** Nodes that fit into one block of addresses, 127.a.b.1 … 127.a.b.250. */
const BLOCK = 250;

/**
 * Addresses for `count` nodes of the cluster, none of them in `used`. The first choice follows from the cluster's id.
 * macOS has only 127.0.0.1 unless somebody configures more, so `distinct` is false there and all nodes share it.
 */
export function chooseAddresses(cid: string, count: number, used: ReadonlySet<string>, distinct: boolean): string[] {
  if (!distinct) return Array.from({ length: count }, () => "127.0.0.1");
  const taken = new Set([...used].map(blockOf));
  const blocks = Math.ceil(count / BLOCK);
  // 32 × 256 blocks from 127.64.0.0; a machine never holds that many clusters, so the walk ends.
  for (let at = Number(Bun.hash(cid) % 8192n), tried = 0; tried < 8192; tried += 1, at = (at + 1) % 8192) {
    const chosen = Array.from({ length: blocks }, (_, offset) => blockName((at + offset) % 8192));
    if (chosen.some((block) => taken.has(block))) continue;
    return Array.from({ length: count }, (_, node) => `${chosen[Math.floor(node / BLOCK)]}.${(node % BLOCK) + 1}`);
  }
  return [];
}

function blockName(at: number): string {
  return `127.${64 + (at >> 8)}.${at & 255}`;
}

function blockOf(address: string): string {
  return address.slice(0, address.lastIndexOf("."));
}
