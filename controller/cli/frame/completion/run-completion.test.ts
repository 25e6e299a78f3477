// Installing and removing completion leaves the user's startup file as it was, however often it is done.
import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statePaths } from "#shared/paths.ts";
import { realClock, realRandom } from "#shared/clock.ts";
import type { CliContext } from "../context.ts";
import { changeCompletion, runCompletion } from "./run-completion.ts";

function contextIn(home: string, shell: string): { readonly context: CliContext; readonly printed: () => string } {
  let text = "";
  const output = {
    write: (more: string) => void (text += more),
    writeBytes: () => Promise.resolve(),
    isTty: false,
    columns: Infinity,
    colour: false,
  };
  const env = { HOME: home, SHELL: shell };
  const context: CliContext = {
    program: "stix",
    argv: [],
    env,
    cwd: home,
    paths: statePaths(env),
    self: [],
    clock: realClock(),
    random: realRandom(),
    stdout: output,
    stderr: output,
    inputIsTty: false,
    interrupted: new AbortController().signal,
    readLine: () => Promise.resolve(undefined),
    readInput: () => Promise.resolve(""),
    connect: () => Promise.reject(new Error("no server")),
  };
  return { context, printed: () => text };
}

test("twice installed is once installed, and uninstalled is as before", async () => {
  const home = mkdtempSync(join(tmpdir(), "stix-completion-"));
  const before = "# mine\nexport A=1\n";
  writeFileSync(join(home, ".bashrc"), before);
  const { context } = contextIn(home, "/bin/bash");

  await changeCompletion(context, "auto", "install");
  await changeCompletion(context, "bash", "install");
  const installed = readFileSync(join(home, ".bashrc"), "utf8");
  await changeCompletion(context, "auto", "uninstall");

  expect(installed).toBe(`${before}. ${home}/.stix/completion.bash # completion of stix\n`);
  expect(readFileSync(join(home, ".bashrc"), "utf8")).toBe(before);
  expect(existsSync(join(home, ".stix/completion.bash"))).toBe(false);
  rmSync(home, { recursive: true, force: true });
});

test("fish finds its file by itself, and unknown shells are refused by name", async () => {
  const home = mkdtempSync(join(tmpdir(), "stix-completion-"));
  const { context, printed } = contextIn(home, "/bin/tcsh");

  await changeCompletion(context, "fish", "install");
  await runCompletion(context, "zsh", []);

  expect(existsSync(join(home, ".config/fish/completions/stix.fish"))).toBe(true);
  expect(printed()).toContain("#compdef stix");
  await expect(changeCompletion(context, "auto", "install")).rejects.toMatchObject({
    message: "cannot tell your shell from SHELL='tcsh'",
  });
  rmSync(home, { recursive: true, force: true });
});
