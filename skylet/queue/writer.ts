// Writes decisions: what must be on the disk before anything follows at once, the rest within a few milliseconds, in company.
import type { Timers } from "#shared/clock.ts";
import { emptyDecision, mergeDecisions, type Decision } from "./decision.ts";

/** What may wait for company is written after this time at the latest. */
const LAZY_WRITE_MS = 10;

export interface WriterOptions<Specs> {
  readonly timers: Pick<Timers, "after">;
  /** False when the disk did not take it. */
  readonly write: (decision: Decision, specs: Specs) => boolean;
  readonly noSpecs: Specs;
  /** What waited for company was not taken. */
  readonly onLost: () => void;
}

export interface Writer<Specs> {
  /** False when the disk did not take it: it is forgotten then, with what waited. */
  readonly take: (decision: Decision, specs: Specs) => boolean;
  readonly stop: () => void;
}

export function createWriter<Specs>(options: WriterOptions<Specs>): Writer<Specs> {
  let lazy = emptyDecision();
  let callOff: (() => void) | null = null;

  function now(decision: Decision, specs: Specs): boolean {
    callOff?.();
    callOff = null;
    lazy = emptyDecision();
    return options.write(decision, specs);
  }

  return {
    take: (decision, specs) => {
      const merged = mergeDecisions(lazy, decision);
      if (isEmpty(merged)) return true;
      if (merged.urgent) return now(merged, specs);
      lazy = merged;
      callOff ??= options.timers.after(LAZY_WRITE_MS, () => {
        if (!isEmpty(lazy) && !now(lazy, options.noSpecs)) options.onLost();
      });
      return true;
    },
    stop: () => {
      callOff?.();
      callOff = null;
    },
  };
}

function isEmpty({ jobs, events, submissions }: Decision): boolean {
  return jobs.size === 0 && events.length === 0 && submissions.length === 0;
}
