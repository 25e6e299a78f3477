// Every question in a real terminal: Ctrl-C and Ctrl-D end it with nothing done, whatever is pressed after them.
import { expect, setDefaultTimeout, test } from "bun:test";
import { clusters, untilCluster } from "./answers.ts";
import { Deployment } from "./harness.ts";
import { keys, stixTerminal, type Terminal } from "./pty.ts";

setDefaultTimeout(240_000);

/** A question ends with what the answers are. */
const QUESTION = /(\[Y\/n\]|\[y\/N\]|to go on): $/;

interface Asked {
  readonly args: readonly string[];
  /** The question. */
  readonly says: RegExp;
}

async function interrupted(
  terminal: Terminal,
  typed: string,
): Promise<{ readonly status: number; readonly shown: string }> {
  await terminal.waitFor(QUESTION);
  terminal.type(typed);
  const ended = await terminal.ended();
  return { status: ended.status, shown: ended.all };
}

test("Ctrl-C at the launch prompt launches nothing, also when Enter follows at once", async () => {
  await using on = new Deployment();
  await on.ok(["api", "start"]);

  for (const typed of [keys.ctrlC, keys.ctrlC + keys.enter, keys.ctrlC + "y" + keys.enter]) {
    await using terminal = stixTerminal(on, ["launch", "-c", "never", "--infra", "local", "echo launched"]);
    const { status, shown } = await interrupted(terminal, typed);

    expect(status, shown).toBe(130);
    expect(shown).toContain("Aborted!");
  }
  expect(await clusters(on)).toEqual([]);
  expect(on.clusterFolders()).toEqual([]);
});

test("Ctrl-C and Ctrl-D at every other prompt change nothing", async () => {
  await using on = new Deployment();
  await Promise.all(
    ["up", "stopped"].map((name) => on.ok(["launch", "-y", "-d", "-c", name, "--infra", "local", "sleep 600"])),
  );
  await on.ok(["stop", "-y", "stopped"]);
  await untilCluster(on, "stopped", "STOPPED");
  const before = (await clusters(on)).map(({ name, status }) => ({ name, status }));
  const asked: readonly Asked[] = [
    { args: ["launch", "-c", "never", "--infra", "local", "true"], says: /Launching a new cluster/ },
    { args: ["launch", "-c", "stopped", "true"], says: /Restart the stopped cluster/ },
    { args: ["launch", "-c", "train.yaml", "true"], says: /looks like a file/ },
    { args: ["launch", "-c", "never", "--infra", "local", "absent.yaml"], says: /There is no file/ },
    { args: ["exec", "up", "absent.yaml"], says: /There is no file/ },
    { args: ["down", "up"], says: /Terminating/ },
    { args: ["down", "-a"], says: /Terminating/ },
    { args: ["stop", "up"], says: /Stopping/ },
    { args: ["start", "stopped"], says: /[Ss]tart/ },
    { args: ["autostop", "-i", "5", "up"], says: /autostop/ },
    { args: ["cancel", "up", "1"], says: /Cancelling/ },
    { args: ["api", "cancel", "1a2b3c4d"], says: /Cancelling/ },
    { args: ["api", "cancel", "-a"], says: /cancels every request/ },
  ];

  const wrong: string[] = [];
  for (const [typed, expected] of [
    [keys.ctrlC, 130],
    [keys.ctrlD, 1],
  ] as const) {
    const faults = await Promise.all(
      asked.map(async ({ args, says }) => {
        await using terminal = stixTerminal(on, args);
        const { status, shown } = await interrupted(terminal, typed);
        const right = status === expected && says.test(shown) && shown.includes("Aborted!");
        return right ? "" : `stix ${args.join(" ")}: ended with ${status}, not ${expected}\n${shown}`;
      }),
    );
    wrong.push(...faults.filter((fault) => fault !== ""));
  }

  expect(wrong).toEqual([]);
  expect((await clusters(on)).map(({ name, status }) => ({ name, status }))).toEqual(before);
});
