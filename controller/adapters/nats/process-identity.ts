// Tells whether a process is the very one that was started, not another one with its number.
import { readFile } from "node:fs/promises";

export interface ProcessIdentity {
  readonly pid: number;
  /** Differs for two processes that had the same number, also across boots of the machine. */
  readonly startedAt: string;
}

/** null: no such process, or one that has ended and only waits to be asked. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  if (process.platform !== "linux") return identifyByPs(pid);
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "latin1").catch(() => null),
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
  ]);
  if (stat === null) return null;
  // The command stands in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? null : { pid, startedAt: `${boot.trim()}/${fields[19]}` };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.startedAt === process.startedAt;
}

/** The command line, words separated by spaces; empty when there is no such process. */
export async function commandOf(pid: number): Promise<string> {
  if (process.platform !== "linux") return ps(pid, "command=");
  return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
}

async function identifyByPs(pid: number): Promise<ProcessIdentity | null> {
  const text = await ps(pid, "state=,lstart=");
  const [, state, startedAt] = /^\s*(\S+)\s+(.*\S)/.exec(text) ?? [];
  return state === undefined || startedAt === undefined || state.startsWith("Z") ? null : { pid, startedAt };
}

async function ps(pid: number, columns: string): Promise<string> {
  const child = Bun.spawn(["ps", "-o", columns, "-p", String(pid)], { stdio: ["ignore", "pipe", "ignore"] });
  return new Response(child.stdout).text();
}
