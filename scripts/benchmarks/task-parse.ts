// Times reading a task of two hundred lines: warm, as a whole process, as a thousand files, and beside SkyPilot where it is installed.
// scripts/bench task-parse; STIX_SKYPILOT_PYTHON names the Python that has SkyPilot's package.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDag } from "#shared/task/parse.ts";
import { validateText } from "#shared/task/validate.ts";
import { ms, summary, timeCommand, timeInTurns } from "./measure.ts";

const WARM_AIM_MS = 5;
const PROCESS_AIM_MS = 60;
const FOLDER_AIM_MS = 3000;

/** Every section a large task has, two hundred lines of it. */
export function longTask(): string {
  const envs = Array.from({ length: 60 }, (_, index) => `  VARIABLE_${index}: value-${index}`);
  const mounts = Array.from({ length: 25 }, (_, index) => `  /data/${index}: s3://bucket/$VARIABLE_${index}`);
  const script = Array.from({ length: 80 }, (_, index) => `  python train.py --shard ${index} --out /data/${index}`);
  return [
    "name: large",
    "num_nodes: 4",
    "workdir: .",
    "resources:",
    "  cpus: 16+",
    "  memory: 4x",
    "  use_spot: true",
    "  disk_size: 512GB",
    "  ports: [8080, 9000-9010]",
    "  autostop: {idle_minutes: 10, down: true}",
    "  any_of:",
    "  - infra: aws",
    "    accelerators: A100:8",
    "  - infra: gcp/us-central1",
    "    accelerators: H100:8",
    "  - infra: k8s/prod",
    "    image_id: ubuntu:22.04",
    "envs:",
    ...envs,
    "file_mounts:",
    ...mounts,
    "  /checkpoints: {name: checkpoints, mode: MOUNT_CACHED}",
    "config:",
    "  kubernetes: {pod_config: {spec: {nodeSelector: {a: b}}}}",
    "  hooks: [{run: echo bye, events: [down]}]",
    "setup: |",
    "  pip install -r requirements.txt",
    "run: |",
    ...script,
    "",
  ].join("\n");
}

function warmMs(text: string): number {
  const samples = Array.from({ length: 400 }, () => {
    const began = performance.now();
    const parsed = parseDag(text);
    if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
    return performance.now() - began;
  });
  return summary(samples.slice(100)).p50;
}

function folderMs(text: string): number {
  const began = performance.now();
  for (let index = 0; index < 1000; index += 1) validateText(`task-${index}.yaml`, text);
  return performance.now() - began;
}

/** The whole program when it is built, otherwise the parser alone under the runtime. */
function processCommand(file: string): readonly string[] {
  const built = join(import.meta.dir, "../../dist/stix");
  return existsSync(built) ? [built, "task", "validate", file] : [process.execPath, import.meta.path, "--only", file];
}

const PYTHON_WARM = `
import sys, time
from sky import task
text = open(sys.argv[1]).read()
taken = []
for _ in range(25):
    began = time.perf_counter()
    task.Task.from_yaml_str(text)
    taken.append(time.perf_counter() - began)
print(sorted(taken[5:])[10] * 1000)
`;

function theirs(python: string, file: string): { readonly warmMs: number; readonly processMs: number } {
  const warm = timeCommand([python, "-c", PYTHON_WARM, file]).stdout.trim().split("\n").at(-1);
  const cold = [1, 2, 3].map(
    () =>
      timeCommand([
        python,
        "-c",
        "import sys; from sky import task; task.Task.from_yaml_str(open(sys.argv[1]).read())",
        file,
      ]).ms,
  );
  return { warmMs: Number(warm), processMs: summary(cold).p50 };
}

function report(what: string, ours: number, aim: number, their: number | undefined): void {
  const beside = their === undefined ? "" : `; SkyPilot ${ms(their)}, ${(their / ours).toFixed(0)} times as long`;
  console.log(`${what}: ${ms(ours)} (aim ${ms(aim)}: ${ours <= aim ? "met" : "missed"})${beside}`);
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "stix-task-parse-"));
  const file = join(folder, "task.yaml");
  const text = longTask();
  writeFileSync(file, text);
  const began = performance.now();
  parseDag(text);
  const first = performance.now() - began;
  const python = process.env["STIX_SKYPILOT_PYTHON"];
  const their = python === undefined || !existsSync(python) ? undefined : theirs(python, file);
  const command = processCommand(file);
  const cold = timeInTurns({ cold: command, floor: [process.execPath, "-e", "0"] }, process.env, 10);
  console.log(
    `${text.split("\n").length} lines; process: ${command[0]?.endsWith("stix") === true ? "stix task validate" : "the parser under bun"}`,
  );
  report("warm", warmMs(text), WARM_AIM_MS, their?.warmMs);
  report("process", cold["cold"]?.p50 ?? Number.NaN, PROCESS_AIM_MS, their?.processMs);
  console.log(
    `of it, an empty process: ${ms(cold["floor"]?.p50 ?? Number.NaN)}; the first parse in a process: ${ms(first)}`,
  );
  report("1,000 files in one process", folderMs(text), FOLDER_AIM_MS, undefined);
  rmSync(folder, { recursive: true });
}

if (import.meta.main) {
  const only = process.argv.indexOf("--only");
  const file = only < 0 ? undefined : process.argv[only + 1];
  if (file === undefined) main();
  else if (!parseDag(await Bun.file(file).text()).ok) process.exit(1);
}
