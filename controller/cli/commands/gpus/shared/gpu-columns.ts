// The columns of the tables of accelerators, and how tables of counts are put together.
import type { TableColumn } from "#shared/table/layout.ts";
import { list } from "#controller/sdk/read.ts";
import { renderTable, type TableStyle } from "#controller/cli/print/table.ts";

export const offerColumns: readonly TableColumn[] = [
  { header: "GPU" },
  { header: "QTY" },
  { header: "CLOUD" },
  { header: "INSTANCE_TYPE", brief: "INSTANCE", keep: 4, cut: "end", least: 10 },
  { header: "DEVICE_MEM", brief: "DEV_MEM", keep: 3 },
  { header: "vCPUs", keep: 1 },
  { header: "HOST_MEM", brief: "MEM", keep: 2 },
  { header: "HOURLY_PRICE", brief: "$/HR" },
  { header: "HOURLY_SPOT_PRICE", brief: "SPOT", keep: 6 },
];

export const offerColumnsWithRegion: readonly TableColumn[] = [
  ...offerColumns,
  { header: "REGION", keep: 5, cut: "end", least: 9 },
];

// What most people look for; the rest is listed with --all.
const usual = [
  "V100",
  "V100-32GB",
  "A100",
  "A100-80GB",
  "H100",
  "H100-SXM",
  "H200",
  "H200-SXM",
  "B200",
  "B300",
  "GB200",
  "L4",
  "L40S",
  "P100",
  "A10",
  "A10G",
  "T4",
  "MI300X",
];

type Counts = readonly (readonly [accelerator: string, quantities: unknown])[];

/** The usual GPUs, then, where everything is wanted, the others, and last the TPUs by generation. Tables of which nothing is there are left out. */
export function countTables(counts: Counts, { all }: { readonly all: boolean }, style: TableStyle): readonly string[] {
  const known = new Map(counts);
  const others = [...known.keys()]
    .filter((name) => !usual.includes(name) && !isTpu(name))
    .toSorted((left, right) => left.localeCompare(right, "en", { numeric: true }));
  const counted = (names: readonly string[]) => names.map((name) => [name, quantities(known.get(name))] as const);
  const table = (header: string, rows: readonly (readonly [string, string])[]) =>
    rows.length === 0
      ? []
      : [renderTable([{ header }, { header: "AVAILABLE_QUANTITIES", cut: "wrap", least: 12 }], rows, style)];
  return [
    ...table("COMMON_GPU", counted(usual.filter((name) => known.has(name)))),
    ...(all ? table("OTHER_GPU", counted(others)) : []),
    ...table("GOOGLE_TPU", foldTpus([...known.keys()])),
  ];
}

export function isTpu(name: string): boolean {
  return name.startsWith("tpu-");
}

/** More sizes than this are told by the least and the largest. */
const SIZES_SHOWN_MAX = 8;

/** tpu-v4-8, tpu-v4-16, … → ["tpu-v4-N", "N: 8 to 3968 (32 sizes)"]. */
function foldTpus(names: readonly string[]): readonly (readonly [string, string])[] {
  const sizes = new Map<string, number[]>();
  for (const name of names) {
    const found = /^(tpu-.*)-(\d+)$/.exec(name);
    if (found?.[1] !== undefined) sizes.set(found[1], [...(sizes.get(found[1]) ?? []), Number(found[2])]);
  }
  return [...sizes]
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([generation, unsorted]) => {
      const sorted = unsorted.toSorted((left, right) => left - right);
      if (sorted.length === 1) return [`${generation}-${sorted[0]}`, "1"];
      const text =
        sorted.length <= SIZES_SHOWN_MAX
          ? sorted.join(", ")
          : `${sorted[0]} to ${sorted.at(-1)} (${sorted.length} sizes)`;
      return [`${generation}-N`, `N: ${text}`];
    });
}

function quantities(value: unknown): string {
  return list(value)
    .map((one) => quantity(Number(one)))
    .join(", ");
}

export function quantity(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Math.round(value * 1000) / 1000);
}
