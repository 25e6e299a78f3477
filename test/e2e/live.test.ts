// What is drawn again and again: in a terminal that is resized and left by a key, and in a pipe.
import { expect, setDefaultTimeout, test } from "bun:test";
import { Deployment } from "./harness.ts";
import { signal } from "./processes.ts";
import { keys, stixTerminal } from "./pty.ts";

setDefaultTimeout(240_000);

const SHOW_CURSOR = "\x1b[?25h";

test("status --watch shows what comes, follows the size of the terminal and leaves it as it was", async () => {
  await using on = new Deployment();
  await using terminal = stixTerminal(on, ["status", "--watch", "0.5"], { columns: 100 });
  await terminal.waitFor("No existing clusters.");
  await on.ok(["launch", "-y", "-d", "-c", "comes-later", "--infra", "local", "true"]);
  await terminal.waitFor("comes-later");

  const from = terminal.shown().length;
  terminal.resize(40, 12);
  await terminal.waitFor("comes-later", { from });
  const narrow = terminal.shown().slice(from);
  terminal.type(keys.ctrlC);
  const ended = await terminal.ended();

  expect(ended.status, ended.all).toBe(0);
  expect(terminal.raw()).toEndWith(SHOW_CURSOR);
  expect(narrow).not.toContain("LAUNCHED");
});

test("queue --watch in a pipe prints one answer after the other, and Ctrl-C ends it well", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "w", "--infra", "local", "sleep 600"]);
  await using watching = on.start(["queue", "--watch", "0.3", "w"]);
  await watching.waitFor(/(Job queue of [^\n]*cluster w[^]*){3}/);

  signal(watching.pid, "SIGINT");
  const ended = await watching.ended();

  expect(ended.status, ended.all).toBe(0);
  expect(ended.stdout).not.toContain("\x1b");
});
