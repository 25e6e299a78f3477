// Progress of a launch: every change is told within two seconds, silence is told ever more seldom.
import { expect, test } from "bun:test";
import type { Clock } from "#shared/clock.ts";
import { tellProgress, type Progress } from "./tell-progress.ts";

async function told(ups: readonly (number | null)[], nodes: number): Promise<string[]> {
  const progress: Progress = { up: null, nodes };
  const lines: string[] = [];
  const over = new AbortController();
  let now = 0;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      now += ms;
      const next = ups[now / 2_000 - 1];
      if (next === undefined) throw new Error("over");
      progress.up = next;
    },
  };
  await tellProgress(progress, { clock, log: { line: (text) => void lines.push(text) } }, over.signal).catch(
    () => undefined,
  );
  return lines;
}

test("every change is told, and what does not change is told at 2, 6, 14 and 30 s", async () => {
  expect(await told([null, 4, 19, 30], 30)).toEqual([
    "Waiting for the head of 30 nodes (2 s).",
    "4 of 30 nodes up (4 s).",
    "19 of 30 nodes up (6 s).",
    "30 of 30 nodes up (8 s).",
  ]);
  expect(
    await told(
      Array.from({ length: 20 }, () => null),
      1,
    ),
  ).toEqual([2, 6, 14, 30].map((seconds) => `Waiting for the node's agent (${seconds} s).`));
});
