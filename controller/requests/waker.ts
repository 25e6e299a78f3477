// Sleeps until something is due, or somebody says that something may be; looks then. Idle, it costs nothing.
import { failureOf } from "#controller/operations/request-failure.ts";
import type { Clock } from "#shared/clock.ts";

export interface WakerNeeds {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Other servers change rows without a word to us; null: nobody does. */
  readonly pollMs: number | null;
  /** When the next row is due by itself; null: none is. */
  nextDue(): Promise<number | null>;
  look(isPoll: boolean): Promise<void>;
  /** What a crash forgot to wake. */
  sweep(): Promise<void>;
  tell(event: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface Waker {
  /** Something may be due now. */
  nudge(): void;
  readonly ended: Promise<void>;
}

const SWEEP_MS = 30_000;
const AFTER_ERROR_MS = 1_000;

export function startWaker(needs: WakerNeeds): Waker {
  const { clock, signal, pollMs } = needs;
  let nudged = Promise.withResolvers<void>();
  let sweptAt = clock.now();

  async function pause(): Promise<void> {
    const now = clock.now();
    const due = await needs.nextDue();
    const until = Math.min(due ?? Number.POSITIVE_INFINITY, pollMs === null ? Number.POSITIVE_INFINITY : now + pollMs);
    if (until <= now) return;
    if (until === Number.POSITIVE_INFINITY) return await Promise.race([nudged.promise, aborted(signal)]);
    const woken = new AbortController();
    const end = AbortSignal.any([signal, woken.signal]);
    await Promise.race([clock.sleep(until - now, end).catch(() => undefined), nudged.promise]);
    woken.abort();
  }

  async function work(): Promise<void> {
    while (!signal.aborted) {
      try {
        await pause();
        if (signal.aborted) return;
        nudged = Promise.withResolvers<void>();
        if (clock.now() - sweptAt >= SWEEP_MS) {
          sweptAt = clock.now();
          await needs.sweep();
        }
        await needs.look(pollMs !== null);
      } catch (error) {
        needs.tell("requests-not-looked-at", { error: failureOf(error).message });
        await clock.sleep(AFTER_ERROR_MS, signal).catch(() => undefined);
      }
    }
  }

  return { nudge: () => nudged.resolve(), ended: work() };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
