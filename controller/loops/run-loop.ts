// Runs one tick after another until told to end: sleeps between them, wakes when nudged, survives a failing tick.
import type { Clock } from "#shared/clock.ts";
import { errorText } from "#shared/errors/stix-error.ts";

export interface LoopNeeds {
  readonly name: string;
  readonly clock: Clock;
  tell(event: string, facts: Readonly<Record<string, unknown>>): void;
}

export interface Loop extends AsyncDisposable {
  /** Ticks as soon as it can. */
  nudge(): void;
}

/** After a failed tick the next waits, ever longer up to this. */
const LONGEST_BACK_OFF_MS = 60_000;

/** `tick` answers how many milliseconds to sleep before the next. */
export function runLoop(needs: LoopNeeds, tick: (signal: AbortSignal) => Promise<number>): Loop {
  const end = new AbortController();
  let wake = new AbortController();
  const work = async () => {
    for (let failures = 0; !end.signal.aborted;) {
      wake = new AbortController();
      let sleepMs: number;
      try {
        sleepMs = await tick(end.signal);
        failures = 0;
      } catch (error) {
        // A border: one failing tick must not end the loop.
        if (end.signal.aborted) return;
        failures += 1;
        sleepMs = Math.min(LONGEST_BACK_OFF_MS, 1_000 * 2 ** Math.min(failures - 1, 6));
        needs.tell("loop-tick-failed", { loop: needs.name, error: errorText(error), failures });
      }
      await needs.clock.sleep(sleepMs, AbortSignal.any([end.signal, wake.signal])).catch(() => undefined);
    }
  };
  const ended = work();
  return {
    nudge: () => wake.abort(),
    async [Symbol.asyncDispose]() {
      end.abort();
      await ended;
    },
  };
}
