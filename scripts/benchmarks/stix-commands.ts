// Rows about commands: starting, status, exec to its first line, and one job after another.
import { jobState } from "#shared/lifecycle/job.ts";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { untilJob } from "#test/e2e/answers.ts";
import { stixProgram, type Deployment } from "#test/e2e/harness.ts";
import { ms, summary, timeCommand, timeInTurns, timeUntilPrinted } from "./measure.ts";
import type { Row } from "./row.ts";

/** A program that says hello, compiled as ours are: what no program of this runtime can beat. */
export function compileHello(): { readonly program: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "stix-hello-"));
  writeFileSync(join(folder, "hello.ts"), 'console.log("hello");\n');
  timeCommand([
    process.execPath,
    "build",
    "--compile",
    "--production",
    "--minify",
    "--bytecode",
    "--format=esm",
    join(folder, "hello.ts"),
    "--outfile",
    join(folder, "hello"),
  ]);
  return { program: join(folder, "hello"), remove: () => rmSync(folder, { recursive: true }) };
}

export async function commandRows(on: Deployment): Promise<Row[]> {
  await on.ok(["api", "start"]);
  const hello = compileHello();
  const taken = timeInTurns(
    { hello: [hello.program], version: [stixProgram, "--version"], status: [stixProgram, "status"] },
    on.env,
    30,
  );
  hello.remove();
  const [floor, version, status] = [taken["hello"]?.p50 ?? 0, taken["version"]?.p50 ?? 0, taken["status"]?.p50 ?? 0];
  const times = (value: number) => `${ms(value)} (${(value / floor).toFixed(1)}×)`;
  return [
    {
      key: "version",
      what: "`stix --version`",
      ours: times(version),
      aim: "≤ 2× floor",
      met: version <= 2 * floor,
      floor: `compiled hello ${ms(floor)}`,
    },
    {
      key: "status",
      what: "`stix status`, server up",
      ours: times(status),
      aim: "≤ 4× floor",
      met: status <= 4 * floor,
      floor: `compiled hello ${ms(floor)}`,
    },
  ];
}

export async function execRow(on: Deployment, cluster: string): Promise<Row> {
  const floor = summary(Array.from({ length: 20 }, () => timeCommand(["bash", "-c", "echo first-line"]).ms)).p50;
  const samples: number[] = [];
  for (let round = 0; round < 31; round += 1) {
    const taken = await timeUntilPrinted([stixProgram, "exec", cluster, "echo first-$((40+2))"], on.env, "first-42");
    if (round > 0) samples.push(taken);
  }
  const { p50, p90 } = summary(samples);
  return {
    key: "exec",
    what: "warm `stix exec` → first line of output",
    ours: `p50 ${ms(p50)}, p90 ${ms(p90)}`,
    aim: "p50 ≤ 30 ms",
    met: p50 <= 30,
    floor: `bash -c echo ${ms(floor)}`,
  };
}

/** Jobs that need the whole node run one after the other; each writes when it begins and ends, by the clock of its shell. */
export async function nextJobRow(on: Deployment, cluster: string): Promise<Row> {
  const file = join(on.work, "gaps");
  const script = `echo "begin $EPOCHREALTIME" >> ${file}; echo "end $EPOCHREALTIME" >> ${file}`;
  const count = 30;
  const first = await on.ok(["exec", "-d", cluster, "--gpus", "V100:1", "sleep 8"]);
  const firstId = Number(/ID: (\d+)/.exec(first)?.[1]);
  for (let at = 0; at < count; at += 1) await on.ok(["exec", "-d", cluster, "--gpus", "V100:1", script]);
  await untilJob(on, cluster, firstId + count, jobState.SUCCEEDED, 120_000);
  const instants = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => Number(line.split(" ")[1]) * 1000);
  const gaps = instants.flatMap((at, index) =>
    index >= 2 && index % 2 === 0 ? [at - (instants[index - 1] ?? at)] : [],
  );
  const { p50, p90 } = summary(gaps);
  return {
    key: "gap",
    what: "end of a job → beginning of the next (user's shell to user's shell)",
    ours: `p50 ${ms(p50)}, p90 ${ms(p90)}`,
    aim: "≤ 10 ms",
    met: p50 <= 10,
    floor: `bash -c true ${ms(summary(Array.from({ length: 20 }, () => timeCommand(["bash", "-c", "true"]).ms)).p50)}`,
  };
}
