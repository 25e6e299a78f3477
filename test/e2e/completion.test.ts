// Tab in real shells, as a new user has them: nothing set up but what `stix completion install` wrote.
import { requireProgram } from "../require.ts";
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Deployment, stixProgram } from "./harness.ts";
import { keys, openTerminal, type Terminal } from "./pty.ts";

setDefaultTimeout(180_000);

const shells = { bash: ["bash", "--noprofile", "-i"], zsh: ["zsh", "-i"], fish: ["fish", "-i", "--private"] } as const;
type Shell = keyof typeof shells;

/** A shell in a home whose name has a space, with completion installed; at its prompt. */
async function shellOf(on: Deployment, shell: Shell): Promise<Terminal> {
  const program = requireProgram(shell);
  const home = join(on.root, "a home");
  const bin = join(on.root, "bin");
  mkdirSync(home, { recursive: true });
  mkdirSync(bin, { recursive: true });
  symlinkSync(stixProgram, join(bin, "stix"));
  const env = {
    ...on.env,
    HOME: home,
    PATH: `${bin}:${on.env["PATH"]}`,
    TERM: "xterm-256color",
    PS1: "ready> ",
    PROMPT: "ready> ",
    STIX_HOME: join(home, "state folder"),
    INPUTRC: "/dev/null",
  };
  await on.ok(["completion", "install", shell], { env });
  const [, ...words] = shells[shell];
  const terminal = openTerminal([program, ...words], { cwd: on.work, env, columns: 160 });
  // Each shell shows its own prompt; what it is told to print comes after all that its start had to say.
  terminal.type(`printf '%s%s\\n' at- prompt${keys.enter}`);
  await terminal.waitFor("at-prompt");
  return terminal;
}

/** Types, presses Tab, and waits for what the line becomes. */
async function completes(terminal: Terminal, typed: string, becomes: string): Promise<void> {
  const from = terminal.shown().length;
  terminal.type(`${typed}${keys.tab}`);
  try {
    await terminal.waitFor(becomes, { from, timeoutMs: 20_000 });
  } finally {
    // Empties the line.
    terminal.type(keys.ctrlU);
  }
}

for (const shell of ["bash", "zsh", "fish"] as const) {
  test(`${shell} starts without a word of complaint and completes commands, clusters and values, behind = too`, async () => {
    await using on = new Deployment();
    const env = { STIX_HOME: join(on.root, "a home/state folder"), HOME: join(on.root, "a home") };
    mkdirSync(env.HOME);
    await on.ok(["launch", "-y", "-d", "-c", "traincluster", "--infra", "local", "true"], { env });
    await using terminal = await shellOf(on, shell);
    const start = terminal.shown();

    await completes(terminal, "stix autos", "stix autostop ");
    await completes(terminal, "stix down trainc", "stix down traincluster");
    await completes(terminal, "stix launch --infra loc", "--infra local");
    await completes(terminal, "stix launch --infra=loc", "--infra=local");
    await completes(terminal, "stix launch --gpus H100-SX", "--gpus H100-SXM");
    await completes(terminal, "stix launch --no-se", "--no-setup");

    expect(start).not.toMatch(/not found|no such|error|insecure/i);
    await on.ok(["down", "-y", "-a"], { env });
    await on.ok(["api", "stop"], { env });
  });
}
