// Tells whether a process is the very one that was started, not another one with its number.
import { bootId, readProcess } from "#shared/os/process-table.ts";

export interface ProcessIdentity {
  readonly pid: number;
  /** Differs for two processes that had the same number, also across boots of the machine. */
  readonly startedAt: string;
}

/** null: no such process, or one that has ended and only waits to be asked. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const facts = await readProcess(pid);
  if (facts === null || facts.zombie) return null;
  // ps gives a date, which no other boot has.
  return { pid, startedAt: process.platform === "linux" ? `${await bootId()}/${facts.startedAt}` : facts.startedAt };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.startedAt === process.startedAt;
}
