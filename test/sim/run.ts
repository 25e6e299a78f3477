// `bun test/sim/run.ts --seed N`: one world with its whole story; `--seeds N [--from M]`: many, and which of them broke.
import { simulateSkylet } from "./skylet-sim.ts";

const words = process.argv.slice(2);
const numberAfter = (flag: string): number | null => {
  const at = words.indexOf(flag);
  return at < 0 ? null : Number(words[at + 1]);
};

const seed = numberAfter("--seed");
if (seed !== null) {
  const result = await simulateSkylet(seed);
  process.stdout.write(
    `${result.trace.join("\n")}\n${JSON.stringify(result.ended)}\n${result.broken ?? "all rules kept"}\n`,
  );
  process.exitCode = result.broken === null ? 0 : 1;
} else {
  const from = numberAfter("--from") ?? 1;
  const count = numberAfter("--seeds") ?? 500;
  const ended: Record<string, number> = {};
  for (let number = from; number < from + count; number++) {
    const result = await simulateSkylet(number);
    for (const [state, jobs] of Object.entries(result.ended)) ended[state] = (ended[state] ?? 0) + jobs;
    if (result.broken === null) continue;
    process.stdout.write(`seed ${number}: ${result.broken}\n`);
    process.exitCode = 1;
  }
  process.stdout.write(`${count} seeds from ${from}: ${JSON.stringify(ended)}\n`);
}
