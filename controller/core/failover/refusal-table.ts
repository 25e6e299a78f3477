// What each place answered, for the one who asked in vain. Pure.
import type { AttemptFacts } from "./facts.ts";

/** A headline and one line a refusal, in the order of the attempts. */
export function refusalTable(refused: readonly AttemptFacts[]): readonly string[] {
  const rows = refused.map(({ placement, failure }) => [
    `${placement.cloud} (${placement.zone ?? placement.region})`,
    placement.instanceType,
    failure?.kind ?? "",
    failure?.message ?? "",
  ]);
  const table = [["PLACE", "MACHINE", "KIND", "ANSWER"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return [
    "No place could give the machines:",
    ...table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd()),
  ];
}
