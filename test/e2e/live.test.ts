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

test("top shows nodes with their load and open jobs, live on a terminal until q, once in a pipe and as JSON", async () => {
  await using on = new Deployment();
  await on.ok(["launch", "-y", "-d", "-c", "busy", "--infra", "local", "--num-nodes", "2", "-n", "burn", "sleep 600"]);
  await using terminal = stixTerminal(on, ["top", "--every", "0.5"]);
  await terminal.waitFor(/busy +worker1 +\d+%/);
  await terminal.waitFor(/busy +1 +burn +RUNNING/);
  terminal.type("q");
  const ended = await terminal.ended();
  const once = await on.ok(["top"]);
  const document = (await on.json(["top", "busy"])) as {
    readonly clusters: readonly {
      readonly nodes: readonly { readonly cpu: number; readonly mem_used: number; readonly mem_total: number }[];
      readonly jobs: readonly unknown[];
    }[];
  };

  expect(ended.status, ended.all).toBe(0);
  expect(terminal.raw()).toEndWith(SHOW_CURSOR);
  expect(once).toMatch(/busy +head +UP +\d+%/);
  const [cluster] = document.clusters;
  expect(cluster?.nodes).toHaveLength(2);
  for (const node of cluster?.nodes ?? []) {
    expect(node.cpu).toBeWithin(0, 1.001);
    expect(node.mem_used).toBeWithin(1, node.mem_total);
  }
  expect(cluster?.jobs).toHaveLength(1);
});
