// The command of the first screen, twice: it ends well, shows what it promised, and is quick the second time.
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Deployment } from "./harness.ts";

setDefaultTimeout(240_000);

const quickstart = join(import.meta.dir, "../../scripts/quickstart");

function run(on: Deployment): { readonly status: number; readonly output: string; readonly seconds: number } {
  const startedAt = performance.now();
  const child = Bun.spawnSync([quickstart], {
    env: { ...on.env },
    cwd: on.work,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  return {
    status: child.exitCode,
    output: child.stdout.toString() + child.stderr.toString(),
    seconds: (performance.now() - startedAt) / 1000,
  };
}

test("quickstart runs the smallest task, shows the table and the next commands, and takes under five seconds the second time", async () => {
  await using on = new Deployment();

  const first = run(on);
  const second = run(on);

  for (const each of [first, second]) {
    expect(each.status, each.output + on.evidence()).toBe(0);
    expect(each.output).toContain("hello from rank 0 of 1");
    expect(each.output).toMatch(/NAME .*STATUS/);
    expect(each.output).toMatch(/quickstart .*UP/);
    expect(each.output).toContain("dist/stix exec quickstart");
  }
  expect(second.output).not.toContain("built dist/");
  expect(second.seconds).toBeLessThan(5);
});
