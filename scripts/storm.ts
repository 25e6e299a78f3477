// The command line of the kill storm.
import { parseArgs } from "node:util";
import { runStorm } from "#test/e2e/kill-storm.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    jobs: { type: "string", default: "100" },
    nodes: { type: "string", default: "3" },
    minutes: { type: "string", default: "20" },
  },
});

const counted = (text: string, name: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`error: --${name} is '${text}', not a whole number above 0\ntry:   scripts/storm --${name} 7`);
  process.exit(2);
};

const seed = Number(values.seed);
const options = {
  seed,
  jobs: counted(values.jobs, "jobs"),
  nodes: counted(values.nodes, "nodes"),
  limitMs: counted(values.minutes, "minutes") * 60_000,
};
console.log(`storm with seed ${seed}: ${options.jobs} jobs on ${options.nodes} nodes`);
const result = await runStorm(options);
console.log(
  `kill -9: ${Object.entries(result.kills)
    .map(([who, count]) => `${who} ${count}`)
    .join(", ")}`,
);
console.log(
  `ends:    ${Object.entries(result.states)
    .map(([state, count]) => `${state} ${count}`)
    .join(", ")}`,
);
console.log(`time:    ${result.seconds.toFixed(1)} s`);
for (const sentence of result.broken) console.log(`broken:  ${sentence}`);
console.log(
  result.broken.length === 0
    ? "every promise held"
    : `${result.broken.length} promises broken; again with: scripts/storm --seed ${seed} --jobs ${options.jobs} --nodes ${options.nodes}`,
);
process.exitCode = result.broken.length === 0 ? 0 : 1;
