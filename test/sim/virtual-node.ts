// A node as the queue sees it: records that survive a crash of its agent, processes that survive it too, and a boot that
// ends both. Keeps the promises of skylet/jobs and reports every start and end to whoever checks the rules.
import type { LaunchReport } from "#shared/wire/launches.ts";
import { answerAsk, type AskedJobs } from "#skylet/node/answer.ts";
import type { NodeAnswer, NodeAsk } from "#shared/wire/node-asks.ts";
import type { VirtualWorld } from "./virtual-world.ts";

export interface VirtualProcess {
  readonly jid: number;
  readonly attempt: number;
  readonly phase: "setup" | "run";
  readonly index: number;
  readonly devices: readonly number[];
}

interface Record {
  exitCode: number | null;
  process: VirtualProcess | null;
}

export interface VirtualNodeOptions {
  readonly nid: string;
  readonly world: VirtualWorld;
  /** How long a script runs and how it ends. */
  readonly script: (launch: VirtualProcess) => { readonly ms: number; readonly exitCode: number };
  readonly onStart: (launch: VirtualProcess) => void;
  /** Told until `heard` says so; `again` after a while. */
  readonly tellExit: (launch: VirtualProcess, exitCode: number) => void;
  /** Chance that the agent dies between record and fork. */
  readonly crashBeforeFork: number;
}

export interface VirtualNode {
  readonly nid: string;
  /** What its agent does for the head, while it lives. */
  readonly jobs: AskedJobs & { readonly killEverything: () => Promise<void> };
  /** Null: the agent is dead and answers nothing. */
  answer(ask: NodeAsk): NodeAnswer | Promise<NodeAnswer> | null;
  readonly processes: Set<VirtualProcess>;
  crashAgent(): void;
  startAgent(): void;
  reboot(): void;
  /** Names this life of the machine. */
  bootId(): string;
  agentAlive(): boolean;
}

export function createVirtualNode(options: VirtualNodeOptions): VirtualNode {
  const { world, nid } = options;
  const records = new Map<string, Record>();
  const forbidden = new Set<string>();
  const processes = new Set<VirtualProcess>();
  let alive = true;
  let boot = 0;

  const nameOf = (launch: Omit<VirtualProcess, "devices">) =>
    `${launch.jid}/${launch.attempt}/${launch.phase}/${launch.index}`;

  function start(launch: VirtualProcess): LaunchReport {
    const name = nameOf(launch);
    if (records.has(name)) return status(launch);
    if (forbidden.has(`${launch.jid}/${launch.attempt}`)) return { is: "exited", exitCode: 137 };
    const record: Record = { exitCode: null, process: null };
    records.set(name, record);
    if (world.chance() < options.crashBeforeFork) {
      alive = false;
      return { is: "missing" };
    }
    record.process = launch;
    processes.add(launch);
    options.onStart(launch);
    const { ms, exitCode } = options.script(launch);
    const born = boot;
    world.after(ms, () => {
      if (boot === born && processes.has(launch)) end(launch, exitCode);
    });
    return { is: "running", pid: 1 };
  }

  function end(launch: VirtualProcess, exitCode: number): void {
    processes.delete(launch);
    const record = records.get(nameOf(launch));
    if (record !== undefined) record.exitCode = exitCode;
    if (alive) options.tellExit(launch, exitCode);
  }

  function status(launch: Omit<VirtualProcess, "devices">): LaunchReport {
    const record = records.get(nameOf(launch));
    if (record !== undefined && record.exitCode !== null) return { is: "exited", exitCode: record.exitCode };
    const process = record?.process ?? null;
    if (process !== null && processes.has(process)) return { is: "running", pid: 1 };
    forbidden.add(`${launch.jid}/${launch.attempt}`);
    return { is: "missing" };
  }

  function kill(jid: number, attempt: number): void {
    forbidden.add(`${jid}/${attempt}`);
    for (const process of [...processes]) if (process.jid === jid && process.attempt === attempt) end(process, 137);
  }

  const jobs: AskedJobs & { killEverything: () => Promise<void> } = {
    start: (order) => {
      const { jid, attempt, phase } = order;
      const own = order.launches.filter((launch) => launch.nid === nid);
      return new Map(own.map(({ index, devices }) => [index, start({ jid, attempt, phase, index, devices })]));
    },
    status,
    killWithin: (target) => {
      kill(target.jid, target.attempt);
      return Promise.resolve(true);
    },
    killEverything: () => Promise.reject(new Error("no node ends in this world")),
  };

  return {
    nid,
    processes,
    agentAlive: () => alive,
    jobs,
    answer: (ask) => {
      if (!alive) return null;
      const answer = answerAsk(jobs, nid, ask);
      return alive ? answer : null;
    },
    crashAgent: () => {
      alive = false;
    },
    startAgent: () => {
      alive = true;
    },
    bootId: () => `boot-${boot}`,
    reboot: () => {
      boot++;
      processes.clear();
      alive = false;
    },
  };
}
