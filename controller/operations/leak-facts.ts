// What the files on a head say of its cluster, for a controller that has no row of it.
import type { NodeShell } from "#controller/ports/shell.ts";
import type { Instance } from "#controller/providers/contract/instance.ts";
import type { Placement } from "#controller/providers/contract/place.ts";
import type { Resources } from "#shared/task/task.ts";
import { clusterFactsSchema, type ClusterFacts } from "#shared/wire/cluster-facts.ts";
import { agentFiles, nodeConfigSchema, type NodeConfig } from "#shared/wire/node-config.ts";
import type { z } from "zod";

export interface LeakFacts {
  readonly name: string;
  readonly nodeCount: number;
  readonly placement: Placement;
  readonly resources: Resources;
  readonly node: NodeConfig;
  /** null: made by a controller that did not leave them; owner and command are not known then. */
  readonly left: ClusterFacts | null;
}

/** null: its head is not there, or what it has cannot be read. */
export async function readLeakFacts(shell: NodeShell, machines: readonly Instance[]): Promise<LeakFacts | null> {
  const head = machines.find((machine) => machine.nid === "n0");
  if (head === undefined) return null;
  const node = parsed(nodeConfigSchema, await shell.readAgentFile(head, agentFiles.config));
  if (node === null) return null;
  const left = parsed(clusterFactsSchema, await shell.readAgentFile(head, agentFiles.clusterFacts));
  return {
    name: node.clusterName,
    nodeCount: node.nodes.length,
    placement: left?.placement ?? placementOf(node),
    // What the controller wrote itself, from the same type.
    resources: left?.resources ?? {},
    node,
    left,
  };
}

/** The type of machine and its price stand nowhere on an old node. */
function placementOf({ cloud, region, zone, resources }: NodeConfig): Placement {
  return { cloud, region: region ?? cloud, zone, instanceType: "-", useSpot: false, ...resources, priceUsdPerHour: 0 };
}

function parsed<T>(schema: z.ZodType<T>, text: string | null): T | null {
  try {
    return text === null ? null : schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
