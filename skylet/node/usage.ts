// How busy this node is: looked at when somebody asks, and only then.
import { readFileSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import type { Clock } from "#shared/clock.ts";
import type { NodeUsage } from "#shared/wire/node-usage.ts";

/** Between the two looks at the processors of which one answer is made. */
const LOOK_MS = 150;
/** An earlier look is as good, unless it is this old. */
const OLD_MS = 10_000;
const GPU_LIMIT_MS = 2_000;
const KIB = 1024;
const MIB = 1024 * 1024;

interface Look {
  readonly at: number;
  readonly busy: number;
  readonly all: number;
}

/** The usage of the machine; nodes of the built-in cloud share theirs. Processors as a share since the last question, at most 10 s ago. */
export function createUsage({
  clock,
  gpuTool,
}: {
  readonly clock: Clock;
  readonly gpuTool: () => string | null;
}): () => Promise<NodeUsage> {
  let before: Look | null = null;
  return async () => {
    if (before === null || clock.monotonic() - before.at > OLD_MS) {
      before = look(clock);
      await clock.sleep(LOOK_MS);
    }
    const [now, gpus] = [look(clock), await gpuUsage(gpuTool())];
    const cpu =
      before === null || now === null || now.all <= before.all
        ? null
        : (now.busy - before.busy) / (now.all - before.all);
    before = now;
    return { cpus: availableParallelism(), cpu, memTotal: totalmem(), memUsed: totalmem() - available(), gpus };
  };
}

/** proc(5), /proc/stat: user nice system idle iowait irq softirq steal, in ticks. */
function look(clock: Clock): Look | null {
  const line = read("/proc/stat").split("\n", 1)[0] ?? "";
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  if (ticks.length < 5 || ticks.some(Number.isNaN)) return null;
  const all = ticks.reduce((sum, one) => sum + one, 0);
  return { at: clock.monotonic(), busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0), all };
}

/** What programs may still have: free memory and caches that can be dropped. */
function available(): number {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(read("/proc/meminfo"))?.[1];
  return found === undefined ? freemem() : Number(found) * KIB;
}

async function gpuUsage(tool: string | null): Promise<NodeUsage["gpus"]> {
  if (tool === null) return [];
  try {
    const child = Bun.spawn(
      [tool, "--query-gpu=name,utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits"],
      { stdio: ["ignore", "pipe", "ignore"], timeout: GPU_LIMIT_MS },
    );
    return parseGpus(await new Response(child.stdout).text());
  } catch {
    // The driver is away: what it would say is not known.
    return [];
  }
}

/** "NVIDIA A100-SXM4-40GB, 93, 30000, 40960" a line; MiB. */
export function parseGpus(text: string): NodeUsage["gpus"] {
  return text.split("\n").flatMap((line) => {
    const [name = "", share, used, total] = line.split(",").map((part) => part.trim());
    const [percent, usedMib, totalMib] = [Number(share), Number(used), Number(total)];
    return name === "" || Number.isNaN(totalMib)
      ? []
      : [
          {
            name,
            share: Number.isNaN(percent) ? null : percent / 100,
            memUsed: usedMib * MIB,
            memTotal: totalMib * MIB,
          },
        ];
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
