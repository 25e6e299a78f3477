// Names of node sizes where there are no machine types to choose from: `4CPU--16GB` and `4CPU--16GB--H100:1`.
import { cloudsWith } from "../clouds.ts";
import type { AcceleratorRequest } from "./task.ts";

export interface PodSize {
  readonly cpus: number;
  readonly memoryGib: number;
  readonly accelerator?: AcceleratorRequest;
}

/** Clouds whose instance types are such names. */
export const POD_SIZE_CLOUDS: ReadonlySet<string> = new Set(cloudsWith((facts) => facts.podSizes));

const POD_SIZE = /^(\d+(?:\.\d+)?)CPU--(\d+(?:\.\d+)?)GB(?:--([A-Za-z][\w.-]*):(\d+))?$/;

export function parsePodSize(name: string): PodSize | undefined {
  const match = POD_SIZE.exec(name);
  if (match === null) return undefined;
  const [, cpus, memory, accelerator, count] = match;
  const size = { cpus: Number(cpus), memoryGib: Number(memory) };
  return accelerator === undefined ? size : { ...size, accelerator: { name: accelerator, count: Number(count) } };
}
