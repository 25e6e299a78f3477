// The account of every node's CPUs and devices: finds room for a gang, takes it, gives it back.
import { nodeState } from "#shared/lifecycle/node.ts";
import { UNITS, type Demand, type HeadState, type Job, type NodeState, type Placement } from "./state.ts";

/** Room for all `numNodes` parts of a job, each on its own node, first nodes first; null when there is not enough now. */
export function fit(state: HeadState, demand: Demand): Placement[] | null {
  const found: Placement[] = [];
  for (const node of state.nodes.values()) {
    if (found.length === demand.numNodes) break;
    const placement = fitOnNode(node, demand);
    if (placement !== null) found.push(placement);
  }
  return found.length === demand.numNodes ? found : null;
}

function fitOnNode(node: NodeState, demand: Demand): Placement | null {
  if (node.state !== nodeState.UP || node.freeCpuUnits < demand.cpuUnits) return null;
  const devices = fitDevices(node.freeDeviceUnits, demand.deviceUnits);
  return devices === null ? null : { nid: node.nid, cpuUnits: demand.cpuUnits, devices };
}

/** Whole devices first; the broken part goes where it leaves the least. */
function fitDevices(free: readonly number[], units: number): [number, number][] | null {
  const whole = Math.floor(units / UNITS);
  const part = units % UNITS;
  const taken: [number, number][] = [];
  for (let index = 0; index < free.length && taken.length < whole; index++) {
    if (free[index] === UNITS) taken.push([index, UNITS]);
  }
  if (taken.length < whole) return null;
  if (part === 0) return taken;
  const used = new Set(taken.map(([index]) => index));
  let best = -1;
  for (const [index, left] of free.entries()) {
    if (used.has(index) || left < part) continue;
    if (best < 0 || left < (free[best] ?? UNITS)) best = index;
  }
  return best < 0 ? null : [...taken, [best, part]];
}

export function takeRoom(state: HeadState, placements: readonly Placement[]): void {
  for (const placement of placements) account(state, placement, -1);
}

/** A job's room on the nodes that `isFree` names is free again; a second call has nothing left to give there. */
export function releaseRoom(state: HeadState, job: Job, isFree: (nid: string) => boolean = () => true): void {
  for (const placement of job.placements) if (isFree(placement.nid)) account(state, placement, 1);
  job.placements = job.placements.filter((placement) => !isFree(placement.nid));
}

function account(state: HeadState, placement: Placement, sign: 1 | -1): void {
  const node = state.nodes.get(placement.nid);
  if (node === undefined) return;
  node.freeCpuUnits += sign * placement.cpuUnits;
  for (const [index, units] of placement.devices) {
    node.freeDeviceUnits[index] = (node.freeDeviceUnits[index] ?? 0) + sign * units;
  }
}
