// A cloud begun by scripts/new-provider is a folder whose suite runs, and fails for what is not built.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Copies the repository, compiles it and runs a suite, on a busy machine.
setDefaultTimeout(120_000);

const root = join(import.meta.dir, "../..");
let copy = "";

async function run(...command: readonly string[]): Promise<{ readonly status: number; readonly output: string }> {
  const child = Bun.spawn([...command], {
    cwd: copy,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { status: await child.exited, output: `${out}${err}` };
}

beforeAll(async () => {
  copy = await mkdtemp(`${tmpdir()}/stix-new-provider-`);
  const parts = ["shared", "catalog", "controller", "skylet", "scripts", "test", "docs"];
  const files = ["package.json", "tsconfig.json", "bunfig.toml", "CONTRIBUTING.md", "README.md"];
  const named = [...parts, ...files].map((name) => join(root, name)).filter((path) => existsSync(path));
  expect((await run("cp", "-r", ...named, copy)).status).toBe(0);
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rm(copy, { recursive: true, force: true }));

const bun = process.execPath;

describe("scripts/new-provider", () => {
  test("what cannot be a cloud is refused with what to type, and nothing is made", async () => {
    for (const [words, why] of [
      [[], "a name is missing"],
      [["My-Cloud"], "lower-case letters"],
      [["kit"], "a folder of all clouds"],
      [["local"], "is there already"],
    ] as const) {
      const { status, output } = await run(bun, "scripts/new-provider.ts", ...words);
      expect(status).toBe(2);
      expect(output).toContain(why);
      expect(output).toContain("scripts/new-provider --help");
    }
    expect(existsSync(join(copy, "controller/providers/My-Cloud"))).toBe(false);
  });

  test("a new folder is known everywhere, fits the types, and its suite fails for what is not built alone", async () => {
    const made = await run(bun, "scripts/new-provider.ts", "scratch", "Scratch");
    expect(made.output).toContain("wrote controller/providers/scratch/provider.ts");
    expect(made.output).toContain("wrote controller/providers/registry.gen.ts");
    expect(made.status).toBe(0);

    // Of the new folder and of those that know it; the rest is compiled elsewhere.
    const include = ["controller/providers/scratch", "controller/providers/registry.ts", "shared/config/check.ts"];
    const compilerOptions = { incremental: false, tsBuildInfoFile: null };
    await Bun.write(
      join(copy, "scratch.json"),
      JSON.stringify({ extends: "./tsconfig.json", compilerOptions, include }),
    );
    const [types, suite] = await Promise.all([
      run(bun, "node_modules/typescript/bin/tsc", "-p", "scratch.json"),
      run(bun, "test", "./controller/providers/scratch"),
    ]);

    expect(types.output).toBe("");
    expect(suite.status).not.toBe(0);
    const lines = suite.output.split("\n");
    const told = (mark: string, words: string) => lines.some((line) => line.startsWith(mark) && line.includes(words));
    expect(told("(pass)", "it has the capabilities that its manifest claims")).toBe(true);
    expect(told("(fail)", "creating makes the asked number of nodes")).toBe(true);
    expect(told("(fail)", "each planted failure is told")).toBe(true);
    expect(told("(fail)", "a call that was given up before it began rejects")).toBe(true);
    expect(suite.output).toContain("cannot make machines at Scratch: that is not built yet");
    // Nothing but its name and what it claims can be right yet.
    expect(lines.filter((line) => line.startsWith("(pass)"))).toHaveLength(2);
  });
});
