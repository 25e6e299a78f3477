// A job's output as JSON lines: every line of every rank once, whatever the cuts, and the end last.
import { describe, expect, test } from "bun:test";
import type { LogFrame } from "#shared/api/log-frames.ts";
import { createJobLines } from "./job-lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const job: LogFrame = {
  t: "job",
  jobId: 3,
  name: "train",
  state: "RUNNING",
  attempt: 1,
  clusterNodes: 2,
  ranks: [
    { rank: 0, nodeName: "head", ip: "", pid: 1 },
    { rank: 1, nodeName: "worker1", ip: "", pid: 2 },
  ],
};
const out = (rank: number): LogFrame => ({ t: "out", attempt: 1, stream: "run", rank, off: 0 });

describe("cli/job-lines", () => {
  test("lines of several ranks are kept apart and whole, letters too", () => {
    const lines = createJobLines();
    const letters = bytes("hé\nrest");
    const printed = [
      lines.push(job, new Uint8Array()),
      lines.push(out(0), letters.subarray(0, 2)),
      lines.push(out(1), bytes("other\r\n")),
      lines.push(out(0), letters.subarray(2)),
      lines.push({ t: "end", jobId: 3, state: "FAILED", reason: "rank 1 ended with 7" }, new Uint8Array()),
    ]
      .join("")
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));

    expect(printed).toEqual([
      { job_id: 3, attempt: 1, stream: "run", rank: 1, node: "worker1", line: "other" },
      { job_id: 3, attempt: 1, stream: "run", rank: 0, node: "head", line: "hé" },
      { job_id: 3, attempt: 1, stream: "run", rank: 0, node: "head", line: "rest" },
      { job_id: 3, status: "FAILED", reason: "rank 1 ended with 7" },
    ]);
  });
});
