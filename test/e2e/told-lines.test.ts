// Every line of the table is told by the compiled program, under both of its names.
import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Deployment, stixProgram } from "./harness.ts";
import { holds, isTold, told, toldFiles, type Told, type ToldLine } from "./told-lines.ts";

const stepLimitMs = 120_000;

for (const name of ["sky", "stix"] as const) {
  test(`as ${name}, each command tells its lines`, async () => {
    await using on = new Deployment({ env: { STIX_LOCAL_ACCELERATORS: "T4:4,ODD-1:1" } });
    const bin = join(on.root, "bin");
    mkdirSync(bin);
    symlinkSync(stixProgram, join(bin, name));
    const filled = (text: string) =>
      text.replaceAll("{p}", name).replaceAll("{port}", String(on.port)).replaceAll("{work}", on.work);
    for (const [file, text] of Object.entries(toldFiles)) on.file(file, filled(text));
    const complaints: string[] = [];

    for (const step of told) complaints.push(...(await walk(on, bin, name, step, filled)));

    expect(complaints.join("\n\n")).toBe("");
  }, 600_000);
}

async function walk(
  on: Deployment,
  bin: string,
  name: "sky" | "stix",
  step: Told,
  filled: (text: string) => string,
): Promise<string[]> {
  const command = filled(step.run);
  const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([variable, value]) => [variable, filled(value)]));
  const child = Bun.spawn(["bash", "-c", command], {
    cwd: on.work,
    env: { ...on.env, ...env, PATH: `${bin}:${on.env["PATH"] ?? ""}` },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: stepLimitMs,
  });
  const [out, err, exit] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const wrong: string[] = [];
  if (exit !== (step.exit ?? 0)) wrong.push(`ended with ${exit}, not ${step.exit ?? 0}`);
  for (const line of step.lines) {
    if ((line.under ?? name) !== name) continue;
    if (!isTold(line.at === "err" ? err : out, line)) wrong.push(`does not tell ${shown(line)}`);
  }
  for (const part of step.never ?? [])
    if (`${out}\n${err}`.split("\n").some((text) => holds(text, part))) wrong.push(`tells ${String(part)}`);
  return wrong.length === 0 ? [] : [`$ ${command}\n${wrong.join("\n")}\n--- out\n${out}--- err\n${err}`];
}

function shown({ has, next, at }: ToldLine): string {
  return `${String(has)}${next === undefined ? "" : `, and after it ${String(next)}`} on the standard ${at === "err" ? "error" : "output"}`;
}
