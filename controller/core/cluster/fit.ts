// Decides whether a task fits on a cluster that exists. Processors and memory are not compared: the user chose the cluster. Pure.
import type { Resources } from "#shared/task/task.ts";

/** What of a cluster matters for a fit. */
export interface ClusterShape {
  readonly nodeCount: number;
  readonly cloud: string;
  readonly region: string;
  readonly zone: string | null;
  readonly instanceType: string;
  readonly useSpot: boolean;
  readonly accelerator: { readonly name: string; readonly count: number } | null;
}

/** null: it fits. Otherwise what does not, in a few words. */
export function misfit(wanted: Resources, nodeCount: number, cluster: ClusterShape): string | null {
  if (nodeCount > cluster.nodeCount) return `it has ${nodes(cluster.nodeCount)}, the task asks for ${nodeCount}`;
  if (differs(wanted.cloud, cluster.cloud)) return `it is on ${cluster.cloud}, the task asks for ${wanted.cloud}`;
  if (differs(wanted.region, cluster.region))
    return `it is in region ${cluster.region}, the task asks for ${wanted.region}`;
  if (cluster.zone !== null && differs(wanted.zone, cluster.zone))
    return `it is in zone ${cluster.zone}, the task asks for ${wanted.zone}`;
  if (differs(wanted.instanceType, cluster.instanceType))
    return `its machines are ${cluster.instanceType}, the task asks for ${wanted.instanceType}`;
  if (wanted.useSpot !== undefined && wanted.useSpot !== cluster.useSpot)
    return wanted.useSpot ? "it is not on spot machines" : "it is on spot machines";
  return acceleratorMisfit(wanted, cluster);
}

function acceleratorMisfit(wanted: Resources, cluster: ClusterShape): string | null {
  if (wanted.accelerator === undefined) return null;
  const { name, count } = wanted.accelerator;
  const has = cluster.accelerator;
  if (has === null) return `it has no ${name}`;
  if (has.name.toLowerCase() !== name.toLowerCase())
    return `its nodes have ${has.name}:${has.count}, the task asks for ${name}:${count}`;
  return count > has.count ? `its nodes have ${has.name}:${has.count}, the task asks for ${count}` : null;
}

function differs(wanted: string | undefined, has: string): boolean {
  return wanted !== undefined && wanted.toLowerCase() !== has.toLowerCase();
}

function nodes(count: number): string {
  return `${count} node${count === 1 ? "" : "s"}`;
}
