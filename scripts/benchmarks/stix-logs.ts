// Rows about output: how late a line is, how fast a reader catches up, and the end of a very long log.
import { stixProgram, type Deployment } from "#test/e2e/harness.ts";
import { ms, summary, timeCommand } from "./measure.ts";
import type { Row } from "./row.ts";

export async function logRows(on: Deployment, cluster: string): Promise<Row[]> {
  return [await latencyRow(on, cluster), ...(await longLogRows(on, cluster))];
}

/** Each line says when it was written; the reader compares when it came. */
async function latencyRow(on: Deployment, cluster: string): Promise<Row> {
  const script = 'for i in $(seq 300); do echo "at $EPOCHREALTIME"; sleep 0.02; done';
  const child = Bun.spawn([stixProgram, "exec", cluster, script], {
    env: { ...on.env },
    stdout: "pipe",
    stderr: "ignore",
  });
  const late: number[] = [];
  let rest = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const now = performance.timeOrigin + performance.now();
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const at = /\) at (\d+\.\d+)$/.exec(line)?.[1];
      if (at !== undefined) late.push(now - Number(at) * 1000);
    }
  }
  // The first lines wait for the follower to arrive.
  const { p50, p99, count } = summary(late.slice(20));
  return {
    key: "log-latency",
    what: `followed line, from writing to the reader (${count} lines)`,
    ours: `p50 ${ms(p50)}, p99 ${ms(p99)}`,
    aim: "p99 ≤ 50 ms",
    met: p99 <= 50,
    floor: "0",
  };
}

async function longLogRows(on: Deployment, cluster: string): Promise<Row[]> {
  const gibibytes = 5;
  const line = "x".repeat(99);
  const short = await jobNumber(on, cluster, `yes ${line} | head -c 500M`);
  const long = await jobNumber(on, cluster, `yes ${line} | head -c ${gibibytes}G`);
  const startedAt = performance.now();
  const child = Bun.spawn(
    ["sh", "-c", '"$0" logs "$1" "$2" --no-follow --tail 0 | wc -c', stixProgram, cluster, short],
    { env: { ...on.env }, stdout: "pipe", stderr: "ignore" },
  );
  const bytes = Number(await child.stdout.text());
  const seconds = (performance.now() - startedAt) / 1000;
  const rate = bytes / 1e6 / seconds;
  const floor = timeCommand(["sh", "-c", `yes ${line} | head -c 500M | wc -c`]).ms / 1000;
  const tail = summary(
    Array.from(
      { length: 10 },
      () => timeCommand([stixProgram, "logs", cluster, long, "--no-follow", "--tail", "10"], on.env).ms,
    ),
  ).p50;
  return [
    {
      key: "log-catch-up",
      what: "reading a log of 500 MB through the server",
      ours: `${rate.toFixed(0)} MB/s`,
      aim: "≥ 70 MB/s",
      met: rate >= 70,
      floor: `pipe ${(500 / floor).toFixed(0)} MB/s`,
    },
    {
      key: "log-tail",
      what: `last 10 lines of a log of ${gibibytes} GiB`,
      ours: ms(tail),
      aim: "≤ 100 ms",
      met: tail <= 100,
      floor: "0",
    },
  ];
}

async function jobNumber(on: Deployment, cluster: string, script: string): Promise<string> {
  // Not followed: only the file counts.
  const submitted = await on.ok(["exec", "-d", cluster, script]);
  const id = /ID: (\d+)/.exec(submitted)?.[1] ?? "";
  for (;;) {
    const ended = await on.stix(["logs", cluster, id, "--status"]);
    if (ended.status === 0) return id;
    if (ended.status !== 101) throw new Error(`the job that writes a long log ended: ${ended.all}`);
    await Bun.sleep(200);
  }
}
