// Short texts about clusters: what `status` and `queue` show. Pure.
import type { Resources } from "#shared/task/task.ts";

export interface ShownPlacement {
  readonly instanceType: string;
  readonly useSpot: boolean;
  readonly cpus: number;
  readonly memoryGib: number;
  readonly accelerator: { readonly name: string; readonly count: number } | null;
}

const TYPE_WIDTH = 15;

/** `1x(cpus=2, mem=8, m6i.large, ...)`, with devices in place of processors where there are some. */
export function resourcesShort(nodeCount: number, placement: ShownPlacement): string {
  const size =
    placement.accelerator === null
      ? `cpus=${number(placement.cpus)}, mem=${number(placement.memoryGib)}`
      : `gpus=${placement.accelerator.name}:${number(placement.accelerator.count)}`;
  const type =
    placement.instanceType.length > TYPE_WIDTH
      ? `${placement.instanceType.slice(0, TYPE_WIDTH - 3)}...`
      : placement.instanceType;
  return `${nodeCount}x${spot(placement)}(${size}, ${type}, ...)`;
}

export function resourcesFull(nodeCount: number, placement: ShownPlacement, wanted: Resources): string {
  const parts = [
    ...(placement.accelerator === null
      ? []
      : [`gpus=${placement.accelerator.name}:${number(placement.accelerator.count)}`]),
    `cpus=${number(placement.cpus)}`,
    `mem=${number(placement.memoryGib)}`,
    placement.instanceType,
    ...(wanted.diskSizeGib === undefined ? [] : [`disk=${wanted.diskSizeGib}`]),
    ...(wanted.ports === undefined || wanted.ports.length === 0 ? [] : [`ports=${wanted.ports.join(",")}`]),
  ];
  return `${nodeCount}x${spot(placement)}(${parts.join(", ")})`;
}

/** RESOURCES of a job in the queue: `2x[V100:1]`, `1x[CPU:1+]`. */
export function jobResources(
  nodeCount: number,
  accelerator: { readonly name: string; readonly count: number } | null,
): string {
  return `${nodeCount}x[${accelerator === null ? "CPU:1+" : `${accelerator.name}:${number(accelerator.count)}`}]`;
}

/** `sky-2026-01-31-10-20-30-123456`, UTC; the last three digits tell apart what began in one millisecond. */
export function runTimestamp(at: number, uniquePart: string): string {
  const [date = "", time = ""] = new Date(at).toISOString().split("T");
  const micros = Number.parseInt(uniquePart.replaceAll(/[^0-9a-f]/g, "").slice(0, 6), 16) % 1000;
  return `sky-${date}-${time.slice(0, 8).replaceAll(":", "-")}-${time.slice(9, 12)}${String(Number.isNaN(micros) ? 0 : micros).padStart(3, "0")}`;
}

function spot(placement: ShownPlacement): string {
  return placement.useSpot ? "[spot]" : "";
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}
