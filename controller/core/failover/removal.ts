// How long a removal that the cloud does not confirm is waited for, and what may be done meanwhile. Pure.
import { attemptState } from "#shared/lifecycle/attempt.ts";
import type { AttemptFacts, Refusal, RefusalKind, Removal } from "./facts.ts";

/** After the first, the second … unanswered try; the reaper goes on with the last one. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
const LAST_PAUSE_MS = 60_000;
/** Asking again does not change these: somebody must do something first. */
const STUBBORN: ReadonlySet<RefusalKind> = new Set(["auth", "forbidden", "invalid", "unsupported"]);

/** The attempt's removal after one more try that was refused. */
export function afterRefusedRemoval(before: Removal | null, refusal: Refusal): Removal {
  return { tries: (before?.tries ?? 0) + 1, refusal };
}

/** When the removal is to be tried next. */
export function removalDueAt({ removal }: Pick<AttemptFacts, "removal">): number {
  if (removal === null) return 0;
  const pause = PAUSES_MS[removal.tries - 1] ?? LAST_PAUSE_MS;
  return removal.refusal.at + Math.max(pause, Math.min(removal.refusal.retryAfterMs ?? 0, LAST_PAUSE_MS));
}

/**
 * True when a launch waits no longer for the proof that an attempt's machines are gone. The ledger keeps the attempt and the
 * reaper goes on with it, so that going on risks no leak, only the price of these machines for a while.
 */
export function isUnproven({ state, removal }: Pick<AttemptFacts, "state" | "removal">): boolean {
  if (state !== attemptState.removing || removal === null) return false;
  return removal.tries > PAUSES_MS.length || STUBBORN.has(removal.refusal.kind);
}
