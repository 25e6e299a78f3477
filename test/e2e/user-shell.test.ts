// The compiled executables give scripts the user's shell and the task's variables as they are written.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { outputLines } from "./answers.ts";
import { Deployment } from "./harness.ts";

setDefaultTimeout(120_000);

const bashrc = `# as distributions have it
case $- in *i*) ;; *) return;; esac
HISTCONTROL=ignoreboth
shopt -s histappend
`;

test("what setup appends to ~/.bashrc reaches run on both nodes, and nothing of our shell is seen or kept", async () => {
  await using on = new Deployment();
  on.file("skeleton", bashrc);
  const task = on.file(
    "shell.yaml",
    `num_nodes: 2
file_mounts:
  ~/.bashrc: ./skeleton
setup: |
  echo "alias greet='echo greetings from'" >> ~/.bashrc
  echo 'export TOOL=installed' >> ~/.bashrc
run: |
  greet $SKYPILOT_NODE_RANK $TOOL
  bash -c 'echo "child $TOOL"'
`,
  );

  const launched = await on.stix(["launch", "-y", "-c", "c", "--infra", "local", task]);

  expect(launched.status, launched.all + on.evidence()).toBe(0);
  const lines = outputLines(launched.stdout).toSorted();
  expect(lines).toEqual([
    "child installed",
    "child installed",
    "greetings from 0 installed",
    "greetings from 1 installed",
  ]);
  expect(launched.all).not.toMatch(/terminal process group|job control/);
  for (const home of on.nodeHomes()) expect(readdirSync(home).filter((name) => name.includes("history"))).toEqual([]);
});

test("variables that mean something to shells, and one of 140,000 characters, reach the script", async () => {
  await using on = new Deployment();
  const task = on.file(
    "variables.yaml",
    `envs:
  BASH_ENV: /nowhere
  PYTHONUNBUFFERED: ""
  stat: mine
  i: "3"
  IFS: ","
  HOME: ${on.root}/elsewhere
  SHELLOPTS: nounset
  PS4: "++"
  LARGE: ${"x".repeat(140_000)}
run: |
  echo "$BASH_ENV/$PYTHONUNBUFFERED/$stat/$i/$IFS/$HOME/$PS4"
  pwd
  /bin/echo \${#LARGE} program
  set -o | grep nounset
`,
  );

  const launched = await on.stix(["launch", "-y", "-c", "c", "--infra", "local", task]);

  expect(launched.status, launched.all + on.evidence()).toBe(0);
  const [note, ...lines] = outputLines(launched.stdout).map((line) => line.replaceAll(/\s+/g, " "));
  expect(note).toStartWith("stix: LARGE has 140000 bytes;");
  expect(lines).toEqual([
    `/nowhere//mine/3/,/${on.root}/elsewhere/++`,
    `${on.nodeHomes()[0]}/sky_workdir`,
    "140000 program",
    "nounset on",
  ]);
  expect(existsSync(join(on.root, "elsewhere"))).toBe(false);
});
