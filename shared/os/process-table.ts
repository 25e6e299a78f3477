// What the operating system says of its processes, on Linux by /proc and elsewhere by ps: identity that survives the reuse of
// numbers, kinship and surroundings.
import { readdir, readFile, readlink } from "node:fs/promises";
import { bootId as kernelBootId, isDead, isStopped, parseStat } from "./proc.ts";

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Differs for two processes that had the same number one after the other. */
  readonly startedAt: string;
  /** A process that has ended and only waits for its parent to ask. */
  readonly zombie: boolean;
  /** Stopped by a signal, so that it neither runs nor forks. */
  readonly stopped: boolean;
}

const onLinux = process.platform === "linux";

/** Changes with every boot of the machine; start times are only comparable within one. */
export async function bootId(): Promise<string> {
  if (onLinux) return kernelBootId();
  return (await run(["sysctl", "-n", "kern.boottime"])).trim();
}

/** null when there is no such process. */
export async function readProcess(pid: number): Promise<ProcessFacts | null> {
  if (onLinux) {
    const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => null);
    return text === null ? null : factsFrom(text);
  }
  const text = await run(["ps", "-o", PS_COLUMNS, "-p", String(pid)]);
  return parsePs(text)[0] ?? null;
}

export async function listProcesses(): Promise<ProcessFacts[]> {
  if (!onLinux) return parsePs(await run(["ps", "-axo", PS_COLUMNS]));
  const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const facts = await Promise.all(names.map((name) => readProcess(Number(name))));
  return facts.filter((one) => one !== null);
}

/** The environment a process was started with, as NAME=value; empty when it may not be read. */
export async function environmentOf(pid: number): Promise<readonly string[]> {
  if (onLinux) return (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).split("\0");
  return (await run(["ps", "-Eww", "-o", "command=", "-p", String(pid)])).split(" ");
}

/** The command line, words separated by spaces; empty when there is no such process. */
export async function commandLineOf(pid: number): Promise<string> {
  if (onLinux) return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
  return (await run(["ps", "-o", "command=", "-p", String(pid)])).trim();
}

/** Files that standard output and error of a process go to; empty where the system does not tell. */
export async function outputFilesOf(pid: number): Promise<readonly string[]> {
  if (!onLinux) return [];
  const links = await Promise.all([1, 2].map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
  return links.filter((link) => link !== "");
}

function factsFrom(line: string): ProcessFacts | null {
  const entry = parseStat(line);
  if (entry === null) return null;
  const { pid, parent, session, startTime, state } = entry;
  return { pid, parent, session, startedAt: startTime, zombie: isDead(state), stopped: isStopped(state) };
}

const PS_COLUMNS = "pid=,ppid=,pgid=,state=,lstart=";

/** macOS shows no session; a supervisor leads its process group too, which serves as well. */
function parsePs(text: string): ProcessFacts[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line);
    const [, pid, parent, session, state, startedAt] = match ?? [];
    if (state === undefined || startedAt === undefined) return [];
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        session: Number(session),
        startedAt,
        zombie: state.startsWith("Z"),
        stopped: state.startsWith("T"),
      },
    ];
  });
}

async function run(argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { stdio: ["ignore", "pipe", "ignore"] });
  return new Response(child.stdout).text();
}
