// Says how far a launch is while its nodes come up: soon when something changes, seldom when nothing does.
import type { Clock } from "#shared/clock.ts";
import type { RequestLog } from "#controller/ports/request-logs.ts";

/** Nobody waits longer without a word. */
const FIRST_MS = 2_000;
const LONGEST_MS = 30_000;
const SECOND_MS = 1_000;

export interface Progress {
  /** How many nodes have joined, as far as the head told; null: it has not answered yet. */
  up: number | null;
  readonly nodes: number;
}

/** Never resolves; rejects with the signal's reason. */
export async function tellProgress(
  progress: Progress,
  { clock, log }: { readonly clock: Clock; readonly log: RequestLog },
  signal: AbortSignal,
): Promise<never> {
  const since = clock.monotonic();
  let told: number | null = null;
  let quietFor = 0;
  for (let pause = FIRST_MS; ;) {
    await clock.sleep(FIRST_MS, signal);
    quietFor += FIRST_MS;
    const changed = progress.up !== told;
    if (!changed && quietFor < pause) continue;
    pause = changed ? FIRST_MS : Math.min(LONGEST_MS, pause * 2);
    quietFor = 0;
    told = progress.up;
    log.line(progressLine(progress, clock.monotonic() - since));
  }
}

export function progressLine({ up, nodes }: Progress, elapsedMs: number): string {
  const time = `(${Math.round(elapsedMs / SECOND_MS)} s)`;
  if (up === null)
    return nodes === 1 ? `Waiting for the node's agent ${time}.` : `Waiting for the head of ${nodes} nodes ${time}.`;
  return `${up} of ${nodes} node${nodes === 1 ? "" : "s"} up ${time}.`;
}
