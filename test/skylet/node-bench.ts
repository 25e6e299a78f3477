// For tests: one node's jobs in this process, with real shells and no control group, as on a plain user's machine.
import { listPids, wordsOf } from "#shared/os/proc.ts";
import { expect } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realClock } from "#shared/clock.ts";
import { createNodeJobs, type NodeJobs } from "#skylet/node/node-jobs.ts";
import type { StartOrder } from "#shared/wire/launches.ts";

export interface NodeBench extends AsyncDisposable {
  readonly root: string;
  /** The node's HOME. */
  readonly home: string;
  readonly jobs: NodeJobs;
  /** Starts a script as rank 0 of job `jid`, first attempt; $ROOT is the bench's folder. */
  start(
    jid: number,
    script: string,
    options?: { readonly phase?: "setup" | "run"; readonly envs?: Readonly<Record<string, string>> },
  ): void;
  /** The exit code of job `jid`'s launch, when it was told. */
  exitOf(jid: number, phase?: "setup" | "run"): Promise<number>;
  /** Runs a script to its end and gives what it printed. */
  outputOf(
    script: string,
    options?: { readonly phase?: "setup" | "run"; readonly envs?: Readonly<Record<string, string>> },
  ): Promise<string>;
  /** Another agent for the same folder, as after a crash of the first. */
  again(): NodeJobs;
}

export function nodeBench(): NodeBench {
  const root = mkdtempSync(join(tmpdir(), "stix-node-"));
  const cid = `t-${Math.random().toString(36).slice(2)}`;
  const home = join(root, "home");
  mkdirSync(home);
  const ends = new Map<string, PromiseWithResolvers<number>>();
  const endOf = (name: string) => {
    const end = ends.get(name) ?? Promise.withResolvers<number>();
    ends.set(name, end);
    return end;
  };
  const create = () =>
    createNodeJobs({
      jobsFolder: join(root, "jobs"),
      shellFolder: join(root, "shell"),
      nodeName: "head",
      singleNode: true,
      cgroup: null,
      supervisor: null,
      clock: realClock(),
      node: { cid, nid: "n0", home, deviceCount: 0, agentEnv: { PATH: process.env["PATH"] } },
      log: () => undefined,
      onExit: (key, code) => endOf(`${key.jid}/${key.phase}`).resolve(code),
    });
  const jobs = create();
  const made = [jobs];
  let last = 1_000;
  const start: NodeBench["start"] = (jid, script, { phase = "run", envs = {} } = {}) => {
    const order: StartOrder = {
      jid,
      attempt: 1,
      phase,
      jobName: null,
      script,
      envs: { ROOT: root, ...envs },
      secrets: {},
      taskId: "t",
      clusterInfo: "{}",
      user: "me",
      numNodes: 1,
      gpusPerNode: 0,
      ips: ["127.0.0.1"],
      launches: [{ nid: "n0", index: 0, devices: [] }],
    };
    expect(jobs.start(order).get(0)).toMatchObject({ is: "running" });
  };
  return {
    root,
    home,
    jobs,
    start,
    exitOf: (jid, phase = "run") => endOf(`${jid}/${phase}`).promise,
    outputOf: async (script, options = {}) => {
      const jid = (last += 1);
      start(jid, script, options);
      await endOf(`${jid}/${options.phase ?? "run"}`).promise;
      return readFileSync(
        join(root, "jobs", String(jid), "1", options.phase === "setup" ? "setup-0.log" : "rank-0.log"),
        "utf8",
      );
    },
    again: () => {
      const other = create();
      made.push(other);
      return other;
    },
    [Symbol.asyncDispose]: async () => {
      await jobs.killEverything();
      for (const each of made) each.stop();
      for (const pid of sleepersOf(root)) process.kill(pid, "SIGKILL");
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Living processes that call themselves `<root>/<name>…`. */
export function sleepersOf(root: string, name = "sleeper-"): number[] {
  return processNumbers().filter((pid) => commandLine(pid).startsWith(`${root}/${name}`));
}

/** Command lines of living processes that name the folder. */
export function processesNaming(root: string): string[] {
  return processNumbers()
    .map(commandLine)
    .filter((line) => line.includes(root));
}

function processNumbers(): number[] {
  return listPids().filter((pid) => pid !== process.pid);
}

function commandLine(pid: number): string {
  return wordsOf(pid).join("\0");
}

/** Waits for what can only be looked at. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`it never held that ${what}`);
    await Bun.sleep(5);
  }
}
