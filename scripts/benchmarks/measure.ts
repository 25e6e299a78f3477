// Timing of commands, summaries of samples, and what the kernel says of a process. Linux only.
import { readEntry } from "#shared/os/proc.ts";
import { readFileSync } from "node:fs";

export interface Summary {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly count: number;
}

export function summary(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), count: sorted.length };
}

export interface Timed {
  readonly ms: number;
  readonly stdout: string;
}

/** Wall milliseconds from before the fork to the end. Throws with the output when the command fails. */
export function timeCommand(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Timed {
  const startedAt = performance.now();
  const child = Bun.spawnSync([...command], { env: { ...env }, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const ms = performance.now() - startedAt;
  const stdout = child.stdout.toString();
  if (!child.success)
    throw new Error(`${command.join(" ")} ended with ${child.exitCode}\n${stdout}${child.stderr.toString()}`);
  return { ms, stdout };
}

/** Medians of several commands, taken in turns so that a slow minute of the machine hits all alike. */
export function timeInTurns(
  commands: Readonly<Record<string, readonly string[]>>,
  env: Readonly<Record<string, string | undefined>>,
  rounds: number,
): Record<string, Summary> {
  const samples = new Map(Object.keys(commands).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, command] of Object.entries(commands)) {
      const { ms } = timeCommand(command, env);
      // The first round warms the page cache.
      if (round > 0) samples.get(name)?.push(ms);
    }
  }
  return Object.fromEntries([...samples].map(([name, taken]) => [name, summary(taken)]));
}

/** Milliseconds from before the fork until `text` stands in stdout; the command then goes on to its end. */
export async function timeUntilPrinted(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  text: string,
): Promise<number> {
  const startedAt = performance.now();
  const child = Bun.spawn([...command], { env: { ...env }, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  let seen = "";
  let ms = Number.NaN;
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    seen += decoder.decode(chunk, { stream: true });
    if (Number.isNaN(ms) && seen.includes(text)) ms = performance.now() - startedAt;
  }
  if ((await child.exited) !== 0 || Number.isNaN(ms))
    throw new Error(`${command.join(" ")} did not print '${text}'\n${seen}${await child.stderr.text()}`);
  return ms;
}

export interface ProcessFacts {
  readonly rssMib: number;
  readonly cpuSeconds: number;
}

const ticksPerSecond = 100;

export function processFacts(pid: number): ProcessFacts {
  const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return { rssMib: Number(rss ?? 0) / 1024, cpuSeconds: (readEntry(pid)?.cpuTicks ?? 0) / ticksPerSecond };
}

/** Share of one core, in percent, that each process used over `seconds`. */
export async function cpuPercent(pids: readonly number[], seconds: number): Promise<number[]> {
  const before = pids.map((pid) => processFacts(pid).cpuSeconds);
  await Bun.sleep(seconds * 1000);
  return pids.map((pid, at) => ((processFacts(pid).cpuSeconds - (before[at] ?? 0)) / seconds) * 100);
}

export function ms(value: number): string {
  if (value < 10) return `${value.toFixed(1)} ms`;
  return value < 10_000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(1)} s`;
}

export function perSecond(value: number): string {
  return `${value.toFixed(0)}/s`;
}
