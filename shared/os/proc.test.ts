// Tests of the reading of /proc, on real processes with hostile names.
import { describe, expect, test } from "bun:test";
import {
  childrenOf,
  commandOf,
  environmentHolds,
  isStopped,
  listProcesses,
  parseStat,
  readEntry,
  readProcess,
  wordsOf,
} from "./proc.ts";

const fields = (state: string) => `${state} 7 8 9 0 -1 0 0 0 0 0 11 12 0 0 20 0 1 0 4711 0 0`;

describe("shared/os/proc", () => {
  test("a name with brackets and spaces does not confuse the fields", () => {
    expect(parseStat(`42 (a ) R 1 (b) ${fields("S")}`)).toEqual({
      pid: 42,
      state: "S",
      parent: 7,
      group: 8,
      session: 9,
      cpuTicks: 23,
      startTime: "4711",
    });
    expect([parseStat(""), parseStat("nonsense"), parseStat("42 (cut) S 1 2")]).toEqual([null, null, null]);
  });

  test("a process is seen alive, stopped, and gone", async () => {
    await using child = Bun.spawn(["/bin/sh", "-c", "read line", "größe) Z 1"], {
      stdin: "pipe",
      env: { MARK: "mine" },
    });
    const { pid } = child;
    const born = readProcess(pid);

    expect(born?.parent).toBe(process.pid);
    expect(childrenOf(process.pid)).toContain(pid);
    expect(wordsOf(pid)).toEqual(["/bin/sh", "-c", "read line", "größe) Z 1"]);
    expect(commandOf(pid)).toBe("/bin/sh");
    expect(environmentHolds(pid, "MARK=mine")).toBe(true);
    expect(listProcesses().find((one) => one.pid === pid)?.startTime).toBe(born?.startTime ?? "");

    process.kill(pid, "SIGSTOP");
    while (!isStopped(readEntry(pid)?.state ?? "")) await new Promise(setImmediate);
    process.kill(pid, "SIGKILL");
    await child.exited;

    expect(readProcess(pid)).toBeNull();
    expect(wordsOf(pid)).toEqual([]);
  });
});
