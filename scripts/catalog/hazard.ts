// Counts how often spot machines were taken back in recorded traces: bun scripts/catalog/hazard.ts TRACES
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Trace {
  readonly metadata: { readonly gap_seconds: number };
  /** Nodes up at each step. */
  readonly data: readonly number[];
}

const folder = process.argv[2];
if (folder === undefined) throw new Error("usage: bun scripts/catalog/hazard.ts TRACES");

const seen = new Map<string, { hours: number; losses: number }>();
for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".json"))
  .sort()) {
  const device = /_(v100|k80|intel|c3)[_-]/.exec(file)?.[1];
  if (device === undefined) continue;
  const name = device === "intel" || device === "c3" ? "cpu" : device.toUpperCase();
  const trace = JSON.parse(readFileSync(join(folder, file), "utf8")) as Trace;
  const sum = seen.get(name) ?? { hours: 0, losses: 0 };
  trace.data.forEach((up, step) => {
    sum.hours += (up * trace.metadata.gap_seconds) / 3600;
    sum.losses += Math.max(0, (trace.data[step - 1] ?? 0) - up);
  });
  seen.set(name, sum);
}

const rows = [...seen]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([device, { hours, losses }]) =>
    JSON.stringify({ device, lossesPerHour: Number((losses / hours).toFixed(4)), hours: Math.round(hours) }),
  );
writeFileSync(join(import.meta.dir, "../../catalog/data/spot-hazard.json"), `[\n${rows.join(",\n")}\n]\n`);
console.log(rows.join("\n"));
