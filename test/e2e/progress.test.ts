// What is told while something takes its time: setup, and many nodes that come up.
import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment, until } from "./harness.ts";
import { stixTerminal } from "./pty.ts";

setDefaultTimeout(240_000);

/** Setup goes on until the file is there. */
const task = (go: string) => `setup: |\n  until [ -e ${go} ]; do sleep 0.05; done\n  echo set up\nrun: echo ran\n`;

test("while setup runs the log says so and for how long, on a terminal and in a pipe", async () => {
  await using on = new Deployment();
  const [piped, seen] = [join(on.root, "go-piped"), join(on.root, "go-seen")];
  await using pipe = on.start(["launch", "-y", "-c", "s", "--infra", "local", on.file("piped.yaml", task(piped))]);
  await until(
    "the standard error tells of the setup",
    () => pipe.errors().includes("⚙ Setup is running on 1 node.\n"),
    60_000,
    pipe.errors,
  );
  writeFileSync(piped, "");
  const { stdout, stderr } = await pipe.ended();
  await using terminal = stixTerminal(on, ["launch", "-y", "-c", "s", on.file("seen.yaml", task(seen))]);
  await terminal.waitFor(/Setup is running \(\d+ s\)/);
  await terminal.waitFor("Setup is running (2 s)");
  writeFileSync(seen, "");
  const ended = await terminal.ended();

  expect(stdout).toMatch(/Job started\. [^\n]*\n\(setup pid=\d+\) set up\n\(task, pid=\d+\) ran\n/);
  expect(stderr).toMatch(/⚙ Setup is running on 1 node\.\n⚙ Setup finished \(\d+ s\)\.\n/);
  expect(ended.status, ended.all).toBe(0);
  expect(ended.stdout).toMatch(/⚙ Setup finished \([2-9]\d* s\)\./);
});
